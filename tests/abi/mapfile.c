/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared and private memory: copy on write, file maps, truncation, stack growth. */
#include "fact.h"

#include <setjmp.h>
#include <sys/resource.h>

#define PAGE 4096UL

static sigjmp_buf fault_return;
static siginfo_t fault_info;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	fault_info = *info;
	siglongjmp(fault_return, number);
}

static void read_at(const char *what, volatile char *at)
{
	int number = sigsetjmp(fault_return, 1);

	if (number == 0)
		printf("%s: %d\n", what, *at);
	else
		printf("%s: %s code %d\n", what, fact_signal(number), fault_info.si_code);
}

static void fork_copies_on_write(void)
{
	char *private = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int wrong = 0;

	PART("fork");
	memset(private, 'p', 64 * PAGE);
	strcpy(shared, "parent");
	IN_CHILD("child", {
		for (int i = 0; i < 64; i++)
			wrong += private[i * PAGE] != 'p';
		SHOW(wrong);
		memset(private, 'c', 32 * PAGE);
		printf("%s\n", shared);
		strcpy(shared, "child");
	});
	for (size_t i = 0; i < 64 * PAGE; i++)
		wrong += private[i] != 'p';
	SHOW(wrong);
	printf("%s\n", shared);
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(30);
		_exit(private[0] == 'p' && private[63 * PAGE] == 'p' ? 0 : 1);
	}
	memset(private, 'x', 64 * PAGE);
	int status;
	waitpid(child, &status, 0);
	fact_status("child keeps its copy", status);
	munmap(private, 64 * PAGE);
	munmap(shared, PAGE);
}

static void three_generations(void)
{
	volatile int *value = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*value = 1;
	PART("generations");
	IN_CHILD("child", {
		*value = 2;
		IN_CHILD("grandchild", {
			SHOW(*value);
			*value = 3;
			SHOW(*value);
		});
		SHOW(*value);
	});
	SHOW(*value);
	munmap((void *)value, PAGE);
}

static void file_maps(void)
{
	char *shared, *private, text[16] = "";
	int fd;

	PART("file maps");
	fd = CALL(open("f", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(ftruncate(fd, 2 * PAGE + 100));
	CALL(pwrite(fd, "file text", 9, 0));
	shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	printf("%.9s %.9s\n", shared, private);
	memcpy(shared, "FILE", 4);
	CALL(pread(fd, text, 9, 0));
	printf("%s %.9s\n", text, private);
	memcpy(private + 5, "mine", 4);
	CALL(pread(fd, text, 9, 0));
	printf("%s %.9s %.9s\n", text, shared, private);
	CALL(pwrite(fd, "file", 4, 0));
	printf("%.4s %.4s\n", shared, private);
	memcpy(shared + 2 * PAGE + 100, "beyond", 6);
	CALL(lseek(fd, 0, SEEK_END));
	CALL(pread(fd, text, 16, 2 * PAGE + 96));
	CALL(msync(shared, 3 * PAGE, MS_SYNC));
	IN_CHILD("child writes", memcpy(shared + PAGE, "from the child", 15));
	printf("%s|%s\n", shared + PAGE, private + PAGE);
	CALL(close(fd));
	printf("%.4s\n", shared);
	munmap(private, 3 * PAGE);
	munmap(shared, 3 * PAGE);
}

static void offset_maps(void)
{
	int fd = open("g", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *at;

	PART("offsets");
	for (int i = 0; i < 5; i++)
		pwrite(fd, &"abcde"[i], 1, i * PAGE);
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
	printf("%c%c\n", at[0], at[PAGE]);
	CALL(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	at[0] = 'x';
	printf("%c%c\n", at[0], at[PAGE]);
	close(fd);
	fd = open("g", O_RDONLY);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CALL(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	CALL(unlink("g"));
	read_at("unlinked", at);
	close(fd);
	read_at("unlinked and closed", at);
}

static void truncation_takes_pages(void)
{
	int fd = open("t", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *shared, *private;

	PART("truncation");
	ftruncate(fd, 4 * PAGE);
	shared = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	memset(shared, 's', 4 * PAGE);
	private[3 * PAGE] = 'p';
	read_at("last page", shared + 3 * PAGE);
	read_at("past the end", shared + 4 * PAGE);
	read_at("past the end, private", private + 4 * PAGE);
	CALL(ftruncate(fd, PAGE + 10));
	read_at("kept", shared + PAGE + 9);
	read_at("zeroed tail", shared + PAGE + 10);
	read_at("gone", shared + 2 * PAGE);
	read_at("gone, private copy", private + 3 * PAGE);
	CALL(ftruncate(fd, 4 * PAGE));
	read_at("back as zero", shared + 2 * PAGE);
	read_at("tail stays zero", shared + PAGE + 10);
	CALL(ftruncate(fd, 0));
	CALL(write(1, shared, 5));
	CALL(read(fd, shared, 5));
	close(fd);
}

static int depth_reached(int depth)
{
	volatile char frame[4096];

	frame[0] = depth;
	return depth == 0 ? frame[0] : depth_reached(depth - 1) + frame[0] * 0;
}

static void stacks_grow(void)
{
	struct rlimit small = { 1 << 20, 1 << 20 };

	PART("stack");
	IN_CHILD("overflow", {
		signal(SIGSEGV, SIG_DFL);
		setrlimit(RLIMIT_STACK, &small);
		SHOW(depth_reached(1000));
	});
	IN_CHILD("overflow, caught", {
		setrlimit(RLIMIT_STACK, &small);
		int number = sigsetjmp(fault_return, 1);
		if (number == 0)
			depth_reached(1000);
		printf("%s\n", fact_signal(number));
	});
	SHOW(depth_reached(1000));
}

static void dev_zero_and_null(void)
{
	int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
	char *at;

	PART("devices");
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	read_at("/dev/zero", at);
	at[0] = 'z';
	read_at("/dev/zero", at);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
	IN_CHILD("child", at[0] = 'c');
	read_at("/dev/zero shared", at);
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, null, 0));
	close(zero);
	close(null);
}

int main(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alternate, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	fork_copies_on_write();
	three_generations();
	file_maps();
	offset_maps();
	truncation_takes_pages();
	stacks_grow();
	dev_zero_and_null();
	return 0;
}
