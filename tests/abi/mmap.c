/* SPDX-License-Identifier: GPL-2.0-only */
/* mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2), msync(2), mincore(2). */
#include "fact.h"

#include <setjmp.h>
#include <sys/resource.h>

#define PAGE 4096UL

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static sigjmp_buf fault_return;
static siginfo_t fault_info;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	fault_info = *info;
	siglongjmp(fault_return, number);
}

/* Touches a byte; says which signal, code and offset that gave. */
static void touch(const char *what, volatile char *at, int write, char *base)
{
	int number = sigsetjmp(fault_return, 1);

	if (number) {
		printf("%s: %s code %d at offset %ld\n", what, fact_signal(number),
		       fault_info.si_code, (long)((char *)fault_info.si_addr - base));
		return;
	}
	if (write)
		*at = 'w';
	else
		(void)*at;
	printf("%s: fine\n", what);
}

static char *map(size_t pages, int protection)
{
	return mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void arguments_are_checked(void)
{
	char *page = map(1, PROT_READ);
	int fd = open("f", O_RDONLY | O_CREAT, 0600);
	int out = open("f", O_WRONLY);

	PART("errors");
	CALL(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0));
	CALL(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1));
	CALL(mmap(NULL, SIZE_MAX - 5000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	CALL(mmap((void *)1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(mmap((void *)0x100000000000000, PAGE, PROT_READ,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(mmap(page, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	CALL(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, out, 0));
	CALL(munmap(page + 1, PAGE));
	CALL(munmap(page, 0));
	CALL(syscall(SYS_mprotect, page + 1, PAGE, PROT_READ));
	CALL(mprotect(page, 0, PROT_READ));
	CALL(mprotect((void *)0x10000, PAGE, PROT_READ));
	CALL(mprotect(page, PAGE, 0x1000));
	CALL(munmap(page, PAGE));
	CALL(munmap(page, PAGE));
	CALL(mprotect(page, PAGE, PROT_READ));
	CALL(madvise(page, PAGE, MADV_DONTNEED));
	CALL(msync(page, PAGE, MS_SYNC));
	close(fd);
	close(out);
}

static void protection_holds(void)
{
	char *at = map(4, PROT_READ | PROT_WRITE);

	PART("protection");
	at[0] = at[PAGE] = at[2 * PAGE] = 1;
	touch("write", at, 1, at);
	CALL(mprotect(at + PAGE, PAGE, PROT_READ));
	touch("write, read only", at + PAGE + 8, 1, at);
	touch("read, read only", at + PAGE, 0, at);
	CALL(mprotect(at + PAGE, PAGE, PROT_NONE));
	touch("read, none", at + PAGE, 0, at);
	CALL(mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE));
	touch("write again", at + PAGE, 1, at);
	SHOW(at[PAGE]);
	CALL(munmap(at + 2 * PAGE, PAGE));
	touch("hole", at + 2 * PAGE, 0, at);
	touch("beyond the hole", at + 3 * PAGE, 1, at);
	CALL(mprotect(at, 4 * PAGE, PROT_READ));
	touch("before the hole changed", at, 1, at);
	touch("beyond the hole did not", at + 3 * PAGE, 1, at);
	CALL(munmap(at, 4 * PAGE));
	touch("null", NULL, 0, NULL);
	touch("kernel half", (char *)0xffff800000000000, 0, NULL);
}

static void code_runs_where_allowed(void)
{
#if defined __x86_64__
	static const unsigned char answer[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
#elif defined __aarch64__
	static const unsigned int answer[] = { 0x52800540, 0xd65f03c0 };
#endif
	char *at = map(1, PROT_READ | PROT_WRITE);
	int number;

	PART("execution");
	memcpy(at, answer, sizeof(answer));
	__builtin___clear_cache(at, at + sizeof(answer));
	number = sigsetjmp(fault_return, 1);
	if (number == 0)
		printf("ran: %d\n", ((int (*)(void))at)());
	else
		printf("data does not run: %s code %d, at the code: %d\n", fact_signal(number),
		       fault_info.si_code, fault_info.si_addr == at);
	CALL(mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	printf("ran: %d\n", ((int (*)(void))at)());
	munmap(at, PAGE);
}

static void fixed_replaces(void)
{
	char *at = map(3, PROT_READ | PROT_WRITE), *got;

	PART("fixed");
	memset(at, 'a', 3 * PAGE);
	got = mmap(at + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(got == at + PAGE);
	printf("%d %d %d\n", at[PAGE - 1], at[PAGE], at[2 * PAGE]);
	got = mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(got != at && got != MAP_FAILED);
	munmap(got, PAGE);
	munmap(at, 3 * PAGE);
	got = mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(got == at);
	munmap(got, PAGE);
}

static void writing_only(void)
{
	char *only = mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	PART("written, never asked to be read");
	SHOW(*(volatile char *)only);
	CALL(write(open("/dev/null", O_WRONLY | O_CLOEXEC), only, PAGE));
	*(volatile char *)only = 7;
	CALL(mprotect(only, PAGE, PROT_WRITE));
	SHOW(*(volatile char *)only);
	munmap(only, PAGE);
}

static void remapping(void)
{
	char *at = map(4, PROT_READ | PROT_WRITE), *moved;

	PART("mremap");
	memset(at, 'r', 4 * PAGE);
	CHECK(mremap(at, 4 * PAGE, 2 * PAGE, 0) == at);
	touch("cut off", at + 2 * PAGE, 0, at);
	mmap(at + 2 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CALL(mremap(at, 2 * PAGE, 4 * PAGE, 0));
	moved = mremap(at, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED && moved != at);
	printf("%c %d\n", moved[PAGE], moved[7 * PAGE]);
	touch("moved away", at, 0, at);
	CALL(mremap(moved + 1, PAGE, PAGE, 0));
	CALL(mremap(moved, PAGE, 0, 0));
	CALL(mremap(moved, 0, PAGE, MREMAP_MAYMOVE));
	CALL(mremap(moved, PAGE, PAGE, 64));
	/* A length that wraps around the end of memory moves and cuts nothing. */
	CALL(mremap(moved + 4 * PAGE, (size_t)-PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved + 64 * PAGE));
	CALL(mremap(moved + 4 * PAGE, (size_t)-PAGE, PAGE, MREMAP_MAYMOVE));
	CALL(mremap(moved, 9 * PAGE, 10 * PAGE, MREMAP_MAYMOVE));
	CALL(mremap((void *)0x10000, PAGE, PAGE, 0));
	CALL(mremap(moved, 2 * PAGE, PAGE, MREMAP_FIXED, at));
	CHECK(mremap(moved, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at);
	printf("%c\n", at[PAGE]);
	CALL(mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE));
	munmap(moved, 8 * PAGE);
	munmap(at, 3 * PAGE);
}

static void advice(void)
{
	char *at = map(4, PROT_READ | PROT_WRITE);
	unsigned char in[4] = { 0 };

	PART("madvise and mincore");
	at[0] = 'x';
	at[2 * PAGE] = 'y';
	CALL(mincore(at, 4 * PAGE, in));
	printf("%d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
	CALL(madvise(at, PAGE, MADV_DONTNEED));
	SHOW(at[0]);
	SHOW(at[2 * PAGE]);
	CALL(madvise(at, 4 * PAGE, MADV_WILLNEED));
	CALL(madvise(at, 4 * PAGE, MADV_SEQUENTIAL));
	CALL(madvise(at, 4 * PAGE, MADV_NORMAL));
	CALL(madvise(at + 1, PAGE, MADV_NORMAL));
	CALL(madvise(at, PAGE, 9999));
	CALL(madvise(at, 0, MADV_DONTNEED));
	CALL(madvise(at, PAGE, MADV_FREE));
	CALL(madvise(at, 2 * PAGE, MADV_DONTFORK));
	IN_CHILD("child without the pages", {
		signal(SIGSEGV, SIG_DFL);
		(void)*(volatile char *)at;
	});
	CALL(madvise(at, 2 * PAGE, MADV_DOFORK));
	CALL(madvise(at, 2 * PAGE, MADV_POPULATE_WRITE));
	CALL(mincore(at + 1, PAGE, in));
	CALL(mincore(at, PAGE, NULL));
	CALL(msync(at, PAGE, MS_SYNC | MS_ASYNC));
	CALL(msync(at, PAGE, MS_ASYNC));
	CALL(mlock(at, PAGE));
	CALL(munlock(at, PAGE));
	munmap(at, 4 * PAGE);
	CALL(mincore(at, PAGE, in));
}

static void the_break_moves(void)
{
	char *start = (char *)syscall(SYS_brk, 0), *end;

	PART("brk");
	end = (char *)syscall(SYS_brk, start + 3 * PAGE);
	CHECK(end == start + 3 * PAGE);
	touch("in the heap", start + PAGE, 1, start);
	CHECK((char *)syscall(SYS_brk, start + PAGE) == start + PAGE);
	CHECK((char *)syscall(SYS_brk, start + 2 * PAGE) == start + 2 * PAGE);
	char *whole = (char *)(((uintptr_t)start + 2 * PAGE - 1) & ~(PAGE - 1));
	SHOW(*whole);
	CHECK((char *)syscall(SYS_brk, 4096) == start + 2 * PAGE);
	CHECK((char *)syscall(SYS_brk, 0xffff800000000000) == start + 2 * PAGE);
	CHECK((char *)syscall(SYS_brk, start) == start);
}

static void limits_hold(void)
{
	struct rlimit space = { 64 << 20, 64 << 20 }, data = { 1 << 20, 1 << 20 };

	PART("limits");
	IN_CHILD("RLIMIT_AS", {
		setrlimit(RLIMIT_AS, &space);
		CALL(mmap(NULL, 80 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		CALL_OK(mmap(NULL, 8 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	});
	IN_CHILD("RLIMIT_DATA", {
		setrlimit(RLIMIT_DATA, &data);
		CALL(mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0));
		CALL_OK(mmap(NULL, 8 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		char *start = (char *)syscall(SYS_brk, 0);
		CHECK((char *)syscall(SYS_brk, start + (4 << 20)) == start);
	});
}

int main(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alternate, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	arguments_are_checked();
	protection_holds();
	code_runs_where_allowed();
	fixed_replaces();
	writing_only();
	remapping();
	advice();
	the_break_moves();
	limits_hold();
	return 0;
}
