/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes all of one thing: exhaust forks | memory | stack | pipes | files | threads | maps | tmpfs.
 * It must end in an errno or by a signal, and leave a system that still answers. For guests only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

static int ended_by(const char *call)
{
	printf("%s: %s\n", call, errno == EAGAIN ? "EAGAIN" : errno == ENOMEM ? "ENOMEM" :
	       errno == EMFILE ? "EMFILE" : errno == ENFILE ? "ENFILE" :
	       errno == ENOSPC ? "ENOSPC" : strerror(errno));
	return 0;
}

/* Every process doubles until none can; then the whole group ends. */
static int forks(void)
{
	const struct timespec while_it_rages = { 2, 0 };

	setpgid(0, 0);
	signal(SIGTERM, SIG_IGN);
	pid_t first = fork();
	if (first == 0) {
		signal(SIGTERM, SIG_DFL);
		for (;;)
			if (fork() == -1)
				sched_yield();
	}
	nanosleep(&while_it_rages, NULL);
	int reached = fork();
	if (reached == 0)
		_exit(0);
	printf("at its height, fork %s\n", reached == -1 ? strerror(errno) : "still works");
	kill(0, SIGTERM);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	printf("the bomb is over\n");
	return 0;
}

static int memory(void)
{
	for (;;) {
		char *block = malloc(1 << 20);
		if (!block)
			return ended_by("malloc");
		memset(block, 1, 1 << 20);
	}
}

static int stack_deepen(long depth)
{
	volatile char frame[65536];

	frame[0] = 1;
	return depth == 0 ? 0 : stack_deepen(depth - 1) + frame[0];
}

static int stack(void)
{
	return stack_deepen(1 << 20);
}

static int pipes(void)
{
	char block[65536] = "";
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		write(p[1], block, sizeof(block));
	return ended_by("pipe");
}

static int files(void)
{
	char name[32];
	int count = 0, fd = 0, error = 0;

	for (; fd != -1 && count < 100000; count++) {
		snprintf(name, sizeof(name), "file%d", count);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		error = errno;
		if (count > 900)
			close(fd);
	}
	while (count-- > 0) {
		snprintf(name, sizeof(name), "file%d", count);
		unlink(name);
	}
	errno = error;
	return ended_by("open");
}

static int idle(void *data)
{
	while (!data)
		pause();
	return 0;
}

static int threads(void)
{
	for (int i = 0; i < 100000; i++) {
		char *room = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (room == MAP_FAILED)
			return ended_by("mmap");
		if (clone(idle, room + 16384, 0x10f00, NULL) == -1)
			return ended_by("clone");
	}
	return 0;
}

static int maps(void)
{
	for (int i = 0; i < 1000000; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			return ended_by("mmap");
	return 0;
}

static int tmpfs(void)
{
	static char block[65536];
	int fd = open("big", O_WRONLY | O_CREAT, 0600), error;

	memset(block, 1, sizeof(block));
	while (write(fd, block, sizeof(block)) > 0)
		;
	/* The text goes to a file of the same file system: room for it first. */
	error = errno;
	ftruncate(fd, 0);
	unlink("big");
	errno = error;
	return ended_by("write");
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*body)(void); } kinds[] = {
		{ "forks", forks }, { "memory", memory }, { "stack", stack }, { "pipes", pipes },
		{ "files", files }, { "threads", threads }, { "maps", maps }, { "tmpfs", tmpfs },
	};

	setvbuf(stdout, NULL, _IONBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return kinds[i].body();
	return 2;
}
