/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process 1 of a test guest: runs the commands of /tests/list one after the other and prints what each
 * wrote and how it ended, framed so that the driver finds it.
 *
 * A line of the list: NAME, SECONDS, then the program and its arguments, separated by tabs. Each
 * command runs in a session and a folder of its own, with nothing on stdin and with stdout and
 * stderr in one file. What it leaves running is killed before the next one starts. If the kernel
 * says that a handle of its own leaked meanwhile, the command has failed, and how it ended is that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ARGUMENTS 32
#define MOST_BYTES (64 << 20)

struct command {
	const char *name;
	unsigned int seconds;
	char *arguments[MOST_ARGUMENTS + 1];
};

static volatile sig_atomic_t time_is_up;
static volatile pid_t running;

static void guest_prepare(void);
static int command_parse(char *line, struct command *command);
static void command_run(const struct command *command);

int main(void)
{
	static char line[4096];
	struct command command;

	guest_prepare();
	setvbuf(stdout, NULL, _IONBF, 0);
	FILE *list = fopen("/tests/list", "re");
	while (list && fgets(line, sizeof(line), list))
		if (command_parse(line, &command))
			command_run(&command);
	printf("@@DONE\n");
	reboot(RB_POWER_OFF);
}

/* Mounts what programs expect; gives this process its console where the kernel did not. */
static void guest_prepare(void)
{
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, "");
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	int console = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int fd = 0; fd < 3 && console >= 0; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C", 1);
	setenv("TERM", "vt100", 1);
}

static int command_parse(char *line, struct command *command)
{
	int count = 0;

	line[strcspn(line, "\n")] = 0;
	command->name = strtok(line, "\t");
	char *seconds = strtok(NULL, "\t");
	if (!command->name || !seconds)
		return 0;
	command->seconds = strtoul(seconds, NULL, 10);
	for (char *word; count < MOST_ARGUMENTS && (word = strtok(NULL, "\t")); count++)
		command->arguments[count] = word;
	command->arguments[count] = NULL;
	return count > 0;
}

static void on_alarm(int number)
{
	(void)number;
	time_is_up = 1;
	kill(running, SIGKILL);
}

static void program_start(const struct command *command, const char *folder, const char *output)
{
	int out = open(output, O_WRONLY | O_APPEND);
	int in = open("/dev/null", O_RDONLY);

	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ MOST_BYTES, MOST_BYTES });
	setsid();
	if (chdir(folder) != 0)
		_exit(125);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	for (int fd = 3; fd < 20; fd++)
		close(fd);
	execvp(command->arguments[0], command->arguments);
	dprintf(2, "cannot run %s: %s\n", command->arguments[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Copies a file to stdout; whatever its last line ends with, the next one starts anew. */
static void output_show(const char *path)
{
	char block[4096], last = '\n';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0) {
		for (ssize_t done = 0, step; done < got; done += step)
			if ((step = write(1, block + done, got - done)) <= 0)
				return;
		last = block[got - 1];
	}
	close(fd);
	if (last != '\n')
		printf("\n");
}

static void leftovers_end(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/*
 * A debug kernel tells which of its handles have leaked so far, in numbered lines. Shows those that are new; whoever ran
 * last made them. 0 on other kernels.
 */
static int leaks_show(void)
{
	static unsigned int known;
	char line[1024];
	unsigned int number, count = 0;
	FILE *handles = fopen("/proc/murre/handles", "re");

	while (handles && fgets(line, sizeof(line), handles))
		if (sscanf(line, "leak %u:", &number) == 1 && number > known) {
			printf("%s", line);
			known = number;
			count++;
		}
	if (handles)
		fclose(handles);
	return count;
}

static void command_run(const struct command *command)
{
	char folder[128], output[128];
	int status = 0;

	snprintf(folder, sizeof(folder), "/tmp/%s", command->name);
	snprintf(output, sizeof(output), "/tmp/%s.out", command->name);
	mkdir("/tmp", 01777);
	mkdir(folder, 0777);
	chmod(folder, 0755);
	close(open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	printf("@@BEGIN %s\n", command->name);
	time_is_up = 0;
	running = fork();
	if (running == 0)
		program_start(command, folder, output);
	signal(SIGALRM, on_alarm);
	alarm(command->seconds);
	while (waitpid(running, &status, 0) == -1 && errno == EINTR)
		;
	alarm(0);
	leftovers_end();
	output_show(output);
	if (leaks_show())
		printf("@@END %s handles leaked\n", command->name);
	else if (time_is_up)
		printf("@@END %s timeout\n", command->name);
	else if (WIFSIGNALED(status))
		printf("@@END %s signal %d\n", command->name, WTERMSIG(status));
	else
		printf("@@END %s exit %d\n", command->name, WEXITSTATUS(status));
}
