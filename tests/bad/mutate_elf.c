/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damages a small ELF file in many ways and executes each result: mutate_elf FILE SEED COUNT.
 * Prints for every mutation how the exec or the program ended; the kernel has to survive them all.
 * Kinds of damage, in turn: random bytes in the headers, telling values in whole fields, random
 * bytes anywhere, and every truncation.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEADERS 232	/* file header and three program headers */
#define PATIENCE_MS 3000

static unsigned char original[65536], mutant[65536];
static size_t original_size;
static uint64_t state;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

static const uint64_t telling[] = {
	0, 1, 2, 0x38, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
	0x00007ffffffff000, 0x0000800000000000, 0x7fffffffffffffff, 0x8000000000000000,
	0xffff800000000000, 0xffffffff80000000, 0xfffffffffffff000, 0xffffffffffffffff,
};

static size_t bytes_in_headers(void)
{
	for (uint32_t i = next_random() % 4 + 1; i > 0; i--)
		mutant[next_random() % HEADERS] = next_random();
	return original_size;
}

static size_t fields(void)
{
	static const int widths[] = { 2, 4, 8, 8 };
	int width = widths[next_random() % 4];
	size_t at = next_random() % (HEADERS / width) * width;
	uint64_t value = telling[next_random() % (sizeof(telling) / sizeof(telling[0]))];

	memcpy(mutant + at, &value, width);
	return original_size;
}

static size_t bytes_anywhere(void)
{
	for (uint32_t i = next_random() % 8 + 1; i > 0; i--)
		mutant[next_random() % original_size] = next_random();
	return original_size;
}

static size_t truncation(void)
{
	return next_random() % original_size;
}

static void file_make(const char *path, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd == -1 || write(fd, mutant, size) != (ssize_t)size)
		printf("cannot write the mutant: %s\n", strerror(errno));
	close(fd);
}

/* In the child: whatever the mutant does, it does it briefly and quietly. */
static void mutant_become(const char *path)
{
	char *argv[] = { (char *)path, NULL }, *env[] = { NULL };
	struct rlimit second = { 1, 1 }, space = { 1 << 30, 1 << 30 };
	int out = open("/dev/null", O_RDWR), p = dup(1);

	fcntl(p, F_SETFD, FD_CLOEXEC);
	setrlimit(RLIMIT_CPU, &second);
	setrlimit(RLIMIT_AS, &space);
	for (int fd = 0; fd < 3; fd++)
		dup2(out, fd);
	execve(path, argv, env);
	dprintf(p, "errno %d ", errno);
	_exit(0);
}

static void outcome_print(int number, pid_t child)
{
	const struct timespec tick = { 0, 2000000 };
	int status;

	for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited += 2) {
		nanosleep(&tick, NULL);
		if (waited == PATIENCE_MS)
			kill(child, SIGKILL);
	}
	if (WIFSIGNALED(status))
		printf("mutation %d signal %d\n", number, WTERMSIG(status));
	else
		printf("mutation %d exit %d\n", number, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static size_t (*const kinds[])(void) = {
		bytes_in_headers, fields, bytes_anywhere, truncation,
	};
	int count = argc > 3 ? atoi(argv[3]) : 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	int fd = open(argc > 1 ? argv[1] : "", O_RDONLY);
	original_size = fd == -1 ? 0 : read(fd, original, sizeof(original));
	close(fd);
	state = (argc > 2 ? strtoull(argv[2], NULL, 0) : 0) * 2862933555777941757 + 3037000493;
	for (int i = 0; i < count && original_size > HEADERS; i++) {
		memcpy(mutant, original, sizeof(original));
		file_make("mutant", kinds[i % 4]());
		pid_t child = fork();
		if (child == 0)
			mutant_become("./mutant");
		outcome_print(i, child);
	}
	printf("survived %d\n", count);
	return 0;
}
