/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A first process that tells how many instructions six paths through the kernel take: it reads the processor's clock around
 * each call, which counts instructions under QEMU's instruction counting. Each line is the least of many rounds, so that no
 * interrupt is in it, less what reading the clock takes. tools/cost.py compares two kernels with it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 200 };

static inline unsigned long clock_read(void)
{
#if defined __x86_64__
	unsigned low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (unsigned long)high << 32 | low;
#elif defined __aarch64__
	unsigned long ticks, frequency;
	__asm__ volatile("mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(ticks), "=r"(frequency) :: "memory");
	return ticks * (1000000000 / frequency);
#endif
}

/* The call alone is timed; before and after prepare it and clean up. */
struct path {
	const char *name;
	long (*before)(void);
	long (*timed)(long given);
	void (*after)(long given, long result);
};

static char *pages;
static int file, pipe_ends[2];

static long nothing([[maybe_unused]] long given) { return 0; }

static long byte_read([[maybe_unused]] long given)
{
	char c;

	return read(file, &c, 1);
}

static long open_close([[maybe_unused]] long given)
{
	int fd = open("/data/some/file", O_RDONLY);

	return fd < 0 || close(fd) ? -1 : 0;
}

static long pipe_write([[maybe_unused]] long given) { return write(pipe_ends[1], "x", 1); }
static void pipe_drain([[maybe_unused]] long given, [[maybe_unused]] long result)
{
	char c;

	if (read(pipe_ends[0], &c, 1) != 1)
		exit(1);
}

static long fork_one([[maybe_unused]] long given)
{
	long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return child;
}
static void child_wait([[maybe_unused]] long given, long child) { waitpid((pid_t)child, NULL, 0); }

static long next_page(void)
{
	static long used;

	return used++;
}
static long page_touch(long n)
{
	*(volatile char *)(pages + n * 4096) = 1;
	return 0;
}

static long dup_one([[maybe_unused]] long given) { return dup(file); }
static void fd_close([[maybe_unused]] long given, long fd) { close((int)fd); }

static const struct path paths[] = {
	{ "clock", NULL, nothing, NULL },
	{ "read of a byte", NULL, byte_read, NULL },
	{ "open and close", NULL, open_close, NULL },
	{ "pipe write", NULL, pipe_write, pipe_drain },
	{ "fork", NULL, fork_one, child_wait },
	{ "page fault", next_page, page_touch, NULL },
	{ "dup", NULL, dup_one, fd_close },
};

static unsigned long least(const struct path *p)
{
	unsigned long best = ~0ul;

	for (int n = 0; n < ROUNDS; n++) {
		long given = p->before ? p->before() : 0;
		unsigned long from = clock_read();
		long result = p->timed(given);
		unsigned long took = clock_read() - from;

		if (result < 0)
			exit(1);
		if (p->after)
			p->after(given, result);
		if (took < best)
			best = took;
	}
	return best;
}

int main(void)
{
	unsigned long clock = 0;

	file = open("/data/some/file", O_RDONLY);
	pages = mmap(NULL, (ROUNDS + 1) * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (file < 0 || pages == MAP_FAILED || pipe(pipe_ends))
		return 1;
	for (unsigned n = 0; n < sizeof(paths) / sizeof(paths[0]); n++) {
		unsigned long took = least(&paths[n]);

		if (n == 0)
			clock = took;
		else
			dprintf(STDOUT_FILENO, "path %s: %lu\n", paths[n].name, took - clock);
	}
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
