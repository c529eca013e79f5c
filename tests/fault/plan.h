/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plans for failures, as the programs of tests/fault set and read them through /proc/thread-self/fail-nth (the debug
 * kernel's), and how these programs speak: a line that starts with WRONG is a complaint.
 */
#ifndef TESTS_FAULT_PLAN_H
#define TESTS_FAULT_PLAN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What a step returns: the value of its call, or -errno. */
#define CALL(expression) ({						\
	long value_ = (long)(expression);				\
	value_ == -1 ? -errno : value_;					\
})
/* A step that a signal broke off returns this; among errnos: SIGNALLED(SIGBUS). */
#define SIGNALLED(signo) (1000 + (signo))

enum { CONTROL = 40 };			/* descriptor of this thread's own control file */
static const char *const kinds[] = { "alloc", "copy", "short", "read" };
static char report[512];		/* of the plan, after the step */
static char *told;			/* shared with children: the report of one that was armed itself */
static int complaints;

/* Buffers of the steps: present and written before each, so that no access to them needs memory. */
static struct {
	char bytes[32 * 4096];
	char more[16 * 4096];
	int number;
	int fds[2];
	char path[256];
} arena __attribute__((aligned(4096)));

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	static char line[1024];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	write(1, line, n < (int)sizeof(line) ? n : (int)sizeof(line) - 1);
}

#define COMPLAIN(format, ...) (complaints++, say("WRONG: " format "\n", __VA_ARGS__))

static void plan_set(int control, const char *kind, unsigned n)
{
	char plan[32];
	int length = snprintf(plan, sizeof(plan), "%s %u", kind, n);

	if (write(control, plan, length) != length)
		COMPLAIN("the plan %s is refused: %s", plan, strerror(errno));
}

static void plan_get(int control, char *to, size_t cap)
{
	ssize_t n = pread(control, to, cap - 1, 0);

	to[n > 0 ? n : 0] = 0;
	to[strcspn(to, "\n")] = 0;
}

/* Whether the plan has fired; report tells where. */
[[maybe_unused]] static int plan_end(int control, const char *kind)
{
	size_t length = strlen(kind);

	plan_get(control, report, sizeof(report));
	plan_set(control, kind, 0);
	if (*told)
		memcpy(report, told, sizeof(report));
	*told = 0;
	return strncmp(report, kind, length) == 0 && strncmp(report + length, " 0 ", 3) == 0;
}

[[maybe_unused]] static void arena_touch(void)
{
	for (size_t i = 0; i < sizeof(arena); i += 4096)
		((volatile char *)&arena)[i] = ((volatile char *)&arena)[i];
}

static void plan_start(void)
{
	int control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	if (control < 0) {
		say("no /proc/thread-self/fail-nth: not the debug kernel\n");
		exit(77);
	}
	if (control != CONTROL) {
		dup3(control, CONTROL, O_CLOEXEC);
		close(control);
	}
	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mkdir("work", 0755);
	chdir("work");
	mlockall(MCL_CURRENT);
}

#endif
