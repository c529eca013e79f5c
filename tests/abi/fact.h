/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program of tests/abi shares: it states facts, one per line, about what the kernel
 * answers. The text holds no times, addresses or process numbers, so that the same binary says
 * the same on Linux and on Murre, and the driver only compares lines.
 */
#ifndef TESTS_ABI_FACT_H
#define TESTS_ABI_FACT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Evaluates a call, prints `text = value` or `text = -1 ENAME`, and yields the value. */
#define CALL(expression) ({						\
	errno = 0;							\
	long value_ = (long)(expression);				\
	fact_call(#expression, value_, errno);				\
	value_;								\
})

/* As CALL, where the value of a success depends on the machine: prints `ok` for it. */
#define CALL_OK(expression) ({						\
	errno = 0;							\
	long value_ = (long)(expression);				\
	fact_outcome(#expression, value_, errno);			\
	value_;								\
})

/* Prints whether a condition holds. */
#define CHECK(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "NO")

/* Prints an integer under its own spelling. */
#define SHOW(expression) printf("%s is %lld\n", #expression, (long long)(expression))

/* Prints a headline, so that a differing line is found in the program. */
#define PART(title) printf("# %s\n", title)

struct fact_name {
	int number;
	const char *name;
};

#define FACT_NAME(name) { name, #name }

static inline const char *fact_errno(int error)
{
	static const struct fact_name names[] = {
		FACT_NAME(E2BIG), FACT_NAME(EACCES), FACT_NAME(EAGAIN), FACT_NAME(EBADF),
		FACT_NAME(EBUSY), FACT_NAME(ECHILD), FACT_NAME(EDEADLK), FACT_NAME(EEXIST),
		FACT_NAME(EFAULT), FACT_NAME(EFBIG), FACT_NAME(EINTR), FACT_NAME(EINVAL),
		FACT_NAME(EIO), FACT_NAME(EISDIR), FACT_NAME(ELOOP), FACT_NAME(EMFILE),
		FACT_NAME(EMLINK), FACT_NAME(ENAMETOOLONG), FACT_NAME(ENFILE), FACT_NAME(ENODATA),
		FACT_NAME(ENODEV), FACT_NAME(ENOENT), FACT_NAME(ENOEXEC), FACT_NAME(ENOLCK),
		FACT_NAME(ENOMEM), FACT_NAME(ENOSPC), FACT_NAME(ENOSYS), FACT_NAME(ENOTBLK),
		FACT_NAME(ENOTDIR), FACT_NAME(ENOTEMPTY), FACT_NAME(ENOTSOCK), FACT_NAME(ENOTTY),
		FACT_NAME(ENXIO), FACT_NAME(EOPNOTSUPP), FACT_NAME(EOVERFLOW), FACT_NAME(EPERM),
		FACT_NAME(EPIPE), FACT_NAME(ERANGE), FACT_NAME(EROFS), FACT_NAME(ESPIPE),
		FACT_NAME(ESRCH), FACT_NAME(ETIMEDOUT), FACT_NAME(ETXTBSY), FACT_NAME(EXDEV),
		FACT_NAME(ECANCELED), FACT_NAME(ELIBBAD), FACT_NAME(ENOTCONN),
	};
	static char unnamed[24];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(unnamed, sizeof(unnamed), "errno %d", error);
	return unnamed;
}

static inline const char *fact_signal(int number)
{
	static const struct fact_name names[] = {
		FACT_NAME(SIGHUP), FACT_NAME(SIGINT), FACT_NAME(SIGQUIT), FACT_NAME(SIGILL),
		FACT_NAME(SIGTRAP), FACT_NAME(SIGABRT), FACT_NAME(SIGBUS), FACT_NAME(SIGFPE),
		FACT_NAME(SIGKILL), FACT_NAME(SIGUSR1), FACT_NAME(SIGSEGV), FACT_NAME(SIGUSR2),
		FACT_NAME(SIGPIPE), FACT_NAME(SIGALRM), FACT_NAME(SIGTERM), FACT_NAME(SIGCHLD),
		FACT_NAME(SIGCONT), FACT_NAME(SIGSTOP), FACT_NAME(SIGTSTP), FACT_NAME(SIGTTIN),
		FACT_NAME(SIGTTOU), FACT_NAME(SIGURG), FACT_NAME(SIGXCPU), FACT_NAME(SIGXFSZ),
		FACT_NAME(SIGVTALRM), FACT_NAME(SIGPROF), FACT_NAME(SIGWINCH), FACT_NAME(SIGIO),
		FACT_NAME(SIGPWR), FACT_NAME(SIGSYS),
	};
	static char unnamed[24];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(unnamed, sizeof(unnamed), "signal %d", number);
	return unnamed;
}

static inline void fact_call(const char *text, long value, int error)
{
	if (value == -1)
		printf("%s = -1 %s\n", text, fact_errno(error));
	else
		printf("%s = %ld\n", text, value);
}

static inline void fact_outcome(const char *text, long value, int error)
{
	printf("%s = %s\n", text, value == -1 ? fact_errno(error) : "ok");
}

/* Prints a wait status in words, without the core-dump flag (it depends on limits). */
static inline void fact_status(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", what, fact_signal(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		printf("%s: stopped by %s\n", what, fact_signal(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("%s: continued\n", what);
	else
		printf("%s: status %#x\n", what, status);
}

/* Runs a body in a child and prints how the child ended. */
#define IN_CHILD(what, ...) do {					\
	pid_t child_ = fork();						\
	if (child_ == 0) {						\
		__VA_ARGS__;						\
		_exit(0);						\
	}								\
	int status_ = 0;						\
	waitpid(child_, &status_, 0);					\
	fact_status(what, status_);					\
} while (0)

static inline void sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Makes a file that holds the given text. */
static inline void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		printf("cannot write %s: %s\n", path, fact_errno(errno));
	close(fd);
}

/* Every line leaves at once: a child inherits no half-written buffer, a crash loses nothing. */
__attribute__((constructor)) static void fact_begin(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	umask(022);
}

#endif
