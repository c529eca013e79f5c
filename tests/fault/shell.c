/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole program that meets a failure somewhere: busybox's shell runs a script with pipes, children, signals, files.
 * What the shell makes of it is its own affair, as long as it ends or waits; the kernel goes on and loses nothing.
 */
#include "plan.h"

enum { FAILURES = 60, PATIENCE_MS = 1500, POLL_MS = 5 };

static const char script[] =
	"ls /proc | sort | head -n 3; echo x >f; cat f | wc; rm f; (sleep 0.01 & wait); trap 'echo hi' USR1; kill -USR1 $$;"
	"x=$(echo a b c); mkdir -p d/e; rmdir d/e d; ulimit -a; read z </proc/meminfo; exec cat /proc/self/maps";

static void shell(const char *kind, unsigned n)
{
	int control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	plan_set(control, kind, n);
	execl("/bin/busybox", "sh", "-c", script, (char *)NULL);
	_exit(1);
}

/* A shell that a lost answer makes wait for ever is killed; that works, too. */
static void shell_watch(pid_t pid)
{
	for (int waited = 0; waitpid(pid, NULL, WNOHANG) == 0; waited += POLL_MS) {
		if (waited >= PATIENCE_MS)
			kill(-pid, SIGKILL);
		usleep(POLL_MS * 1000);
	}
	kill(-pid, SIGKILL);
}

static void answer_check(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/busybox", "sh", "-c", "test $(echo 6 7 | wc -w) = 2", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	if (status)
		COMPLAIN("afterwards the shell ends with status %#x", status);
}

int main(void)
{
	plan_start();
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		for (unsigned n = 1; n <= FAILURES; n++) {
			pid_t pid = fork();

			if (pid == 0)
				shell(kinds[k], n);
			shell_watch(pid);
		}
	answer_check();
	say("%d complaints\n", complaints);
	return complaints != 0;
}
