/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process of a guest that `tools/murre run` starts: runs one program and reports how it ended.
 *
 * The host leaves its wishes in the initramfs, each file a list of NUL-closed strings: /murre/argv and /murre/env, the
 * program's; /murre/cwd, its directory; /murre/stdio, four device paths: stdin, stdout, stderr and the control
 * channel; /murre/winsize, rows and columns of the terminal, if there is one; /murre/program-path, where the program
 * is to stand, whose file the host has put at /murre/program, if it has one. Equal device paths share one open file,
 * as descriptors of one terminal or of `2>&1` do; an empty one is a descriptor that the program starts without.
 *
 * Lines on the control channel: the guest says "ready" once every channel is connected, and "exit N" or "signal N"
 * once the program has ended and all its output was taken; the host says "winsize ROWS COLUMNS" at any time.
 *
 * It runs on any Linux kernel with devtmpfs as well as on ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

enum { CHANNELS = 4, CONTROL = 3, CONNECT_TRIES = 1000 };

static void filesystems_mount(void);
static void channels_open(char **paths, int fds[CHANNELS]);
static void program_place(const char *name, const char *path, char **env);
static void parents_make(const char *path);
static void program_start(const int fds[CHANNELS], char **argv, char **env);
static int program_wait(pid_t program);
static void winsize_set(int terminal, const char *rows, const char *columns);
static void winsize_follow(int control, int terminal);
static int terminal_find(const int fds[CHANNELS]);

int main(void)
{
	int fds[CHANNELS];
	char line[32];

	filesystems_mount();
	char **argv = list_read("/murre/argv");
	char **env = list_read("/murre/env");
	channels_open(list_read("/murre/stdio"), fds);
	program_place(argv[0], list_read("/murre/program-path")[0], env);

	int terminal = terminal_find(fds);
	if (terminal >= 0) {
		char **size = list_read("/murre/winsize");
		winsize_set(terminal, size[0], size[1]);
		winsize_follow(fds[CONTROL], terminal);
	}
	dprintf(fds[CONTROL], "ready\n");

	pid_t program = fork();
	if (program < 0)
		fatal("fork", argv[0]);
	if (program == 0)
		program_start(fds, argv, env);

	int status = program_wait(program);
	int length = WIFSIGNALED(status) ? snprintf(line, sizeof line, "signal %d\n", WTERMSIG(status))
					 : snprintf(line, sizeof line, "exit %d\n", WEXITSTATUS(status));
	sync();
	if (write(fds[CONTROL], line, length) != length)
		fatal("control channel", strerror(errno));
	power_off();
}

/* The root is memory already, and so is /tmp. A tree of the user may lack the directories. */
static void filesystems_mount(void)
{
	static const struct { const char *type, *where; unsigned long flags; } wanted[] = {
		{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "devtmpfs", "/dev", MS_NOSUID },
		{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC },
	};

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		mkdir(wanted[i].where, 0755);
		/* A kernel without one of them still runs most programs. */
		mount(wanted[i].type, wanted[i].where, wanted[i].type, wanted[i].flags, NULL);
	}
	mkdir("/tmp", 01777);
	chmod("/tmp", 01777);
	/* What udev adds elsewhere: programs and shells look for these names. */
	(void)!symlink("/proc/self/fd", "/dev/fd");
	(void)!symlink("/proc/self/fd/0", "/dev/stdin");
	(void)!symlink("/proc/self/fd/1", "/dev/stdout");
	(void)!symlink("/proc/self/fd/2", "/dev/stderr");
}

/* ---- Channels */

/* A port appears when its driver has found it, and may be opened a moment before the host's side is connected; until
 * then it would read as ended. */
static int channel_open(const char *path)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int fd = -1;

	for (int tries = 0; tries < CONNECT_TRIES; tries++) {
		if (fd < 0)
			fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		struct pollfd state = { .fd = fd };
		if (fd >= 0 && poll(&state, 1, 0) >= 0 && !(state.revents & POLLHUP))
			return fd;
		nanosleep(&pause, NULL);
	}
	fatal(fd < 0 ? strerror(errno) : "not connected", path);
}

static void channels_open(char **paths, int fds[CHANNELS])
{
	for (int i = 0; i < CHANNELS; i++) {
		int same = 0;
		if (!paths[i])
			fatal("four channels wanted", "/murre/stdio");
		while (strcmp(paths[same], paths[i]) != 0)
			same++;
		if (same < i)
			fds[i] = fds[same];
		else
			fds[i] = *paths[i] ? channel_open(paths[i]) : -1;
	}
}

static int terminal_find(const int fds[CHANNELS])
{
	for (int i = 0; i < CONTROL; i++)
		if (isatty(fds[i]))
			return fds[i];
	return -1;
}

static void winsize_set(int terminal, const char *rows, const char *columns)
{
	if (!rows || !columns)
		return;
	struct winsize size = { .ws_row = atoi(rows), .ws_col = atoi(columns) };
	ioctl(terminal, TIOCSWINSZ, &size);
}

/* A process of its own hands on the host's changes of the window size. */
static void winsize_follow(int control, int terminal)
{
	char line[64], rows[8], columns[8];

	if (fork() != 0)
		return;
	FILE *changes = fdopen(control, "r");
	while (changes && fgets(line, sizeof line, changes))
		if (sscanf(line, "winsize %7s %7s", rows, columns) == 2)
			winsize_set(terminal, rows, columns);
	_exit(0);
}

/* ---- The program */

/* Puts the host's program where it belongs, through whatever links the guest's tree has on the way. A name that is not
 * relative means the guest's own program where the guest has it. */
static void program_place(const char *name, const char *path, char **env)
{
	int is_relative = name && strchr(name, '/') && *name != '/';
	const char *present = name ? program_find(name, env) : NULL;

	if (!path || (!is_relative && present && access(present, F_OK) == 0))
		return;
	parents_make(path);
	/* A mount may stand between; the program runs through a link then. */
	if (rename("/murre/program", path) != 0 && symlink("/murre/program", path) != 0)
		fatal(strerror(errno), path);
}

/* Makes the directories above a path that are missing. */
static void parents_make(const char *path)
{
	char *copy = strdup(path);

	for (char *end = copy + 1; copy && (end = strchr(end, '/')); *end++ = '/') {
		*end = '\0';
		mkdir(copy, 0755);
	}
	free(copy);
}

static void program_start(const int fds[CHANNELS], char **argv, char **env)
{
	char **cwd = list_read("/murre/cwd");
	int terminal = terminal_find(fds);

	setsid();
	if (terminal >= 0)
		ioctl(terminal, TIOCSCTTY, 0);
	for (int i = 0; i < CONTROL; i++)
		if (fds[i] < 0)
			close(i);
		else
			dup2(fds[i], i);
	if (cwd[0]) {
		parents_make(cwd[0]);
		mkdir(cwd[0], 0755);
		if (chdir(cwd[0]) != 0)
			dprintf(STDERR_FILENO, "murre: %s: %s\n", cwd[0], strerror(errno));
	}
	_exit(program_exec(argv, env));
}

/* As the first process it inherits orphans, and collects them on the way. */
static int program_wait(pid_t program)
{
	int status;
	pid_t ended;

	do
		ended = wait(&status);
	while (ended != program && (ended >= 0 || errno == EINTR));
	if (ended != program)
		fatal("wait", strerror(errno));
	return status;
}

/* ---- Lists and the end */

char **list_read(const char *path)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &info) != 0)
		return calloc(1, sizeof(char *));
	char *text = malloc(info.st_size + 1);
	char **list = calloc(info.st_size + 1, sizeof(char *));
	if (!text || !list || read(fd, text, info.st_size) != info.st_size)
		fatal("cannot read", path);
	close(fd);

	size_t n = 0;
	for (char *item = text; item < text + info.st_size; item += strlen(item) + 1)
		list[n++] = item;
	text[info.st_size] = '\0';
	return list;
}

void fatal(const char *what, const char *name)
{
	int console = open("/dev/console", O_WRONLY | O_NOCTTY);
	dprintf(console >= 0 ? console : STDERR_FILENO, "murre: run: %s: %s\n", name, what);
	power_off();
}

void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
