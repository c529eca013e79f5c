/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions and process groups without a terminal: setsid(2), setpgid(2), getsid(2), kill groups. */
#include "fact.h"

#include <sys/ioctl.h>
#include <termios.h>

static void groups(void)
{
	PART("groups");
	IN_CHILD("child", {
		pid_t me = getpid();
		CHECK(getpgrp() == getpgid(0) && getpgid(getppid()) == getpgrp());
		CALL(setpgid(0, 0));
		CHECK(getpgrp() == me && getpgid(me) == me);
		CALL(setpgid(0, -1));
		CALL(setpgid(-1, 0));
		CALL(setpgid(999999, 0));
		CALL(setpgid(0, 999999));
		CALL(setpgid(getppid(), 0));
		CALL(getpgid(999999));
		CALL(getpgid(-1));
		CALL(setpgid(0, getpgid(getppid())));
		CHECK(getpgrp() == getpgid(getppid()));
	});
}

static void after_exec_it_is_too_late(void)
{
	int p[2];
	char byte;

	PART("after exec");
	pipe2(p, O_CLOEXEC);
	pid_t child = fork();
	if (child == 0) {
		execl("/proc/self/exe", "sessions", "sleep", NULL);
		_exit(1);
	}
	close(p[1]);
	read(p[0], &byte, 1);
	close(p[0]);
	CALL(setpgid(child, 0));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void sessions(void)
{
	PART("sessions");
	IN_CHILD("child", {
		pid_t me = getpid();
		CHECK(getsid(0) == getsid(getppid()));
		CHECK(setsid() == me);
		CHECK(getsid(0) == me && getpgrp() == me);
		CALL(setsid());
		CALL(setpgid(0, 0));
		CALL(getsid(999999));
		IN_CHILD("member", {
			CHECK(getsid(0) == me && getpgrp() == me);
			CALL(setpgid(0, getpgid(me)));
			CALL(setpgid(0, 1));
			CHECK(setsid() == getpid());
		});
		CALL(open("/dev/tty", O_RDWR));
		CALL(ioctl(0, TIOCGPGRP, &me));
		CALL(tcgetpgrp(0));
		CALL(isatty(0));
	});
	IN_CHILD("a group leader", {
		setpgid(0, 0);
		CALL(setsid());
	});
}

static void orphaned_groups_do_not_stop(void)
{
	int status, p[2];
	char answer[8] = "";

	PART("orphaned group");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		setsid();
		pid_t inner = fork();
		if (inner == 0) {
			setpgid(0, 0);
			raise(SIGTSTP);
			write(p[1], "stopped", 7);
			_exit(0);
		}
		waitpid(inner, &status, WUNTRACED);
		fact_status("with a parent in the session", status);
		kill(inner, SIGCONT);
		waitpid(inner, &status, 0);
		fact_status("then", status);
		_exit(0);
	}
	waitpid(child, &status, 0);
	fact_status("leader", status);
	child = fork();
	if (child == 0) {
		setsid();
		raise(SIGTSTP);
		_exit(9);
	}
	waitpid(child, &status, WUNTRACED);
	fact_status("SIGTSTP in an orphaned group", status);
	child = fork();
	if (child == 0) {
		setsid();
		raise(SIGSTOP);
		_exit(9);
	}
	waitpid(child, &status, WUNTRACED);
	fact_status("SIGSTOP in an orphaned group", status);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	close(p[1]);
	CALL(read(p[0], answer, 7));
}

static void a_new_orphan_is_hung_up(void)
{
	int status, p[2];
	char answer[8] = "";

	PART("newly orphaned stopped group");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		pid_t inner = fork();
		if (inner == 0) {
			setpgid(0, 0);
			raise(SIGSTOP);
			write(p[1], "lived", 5);
			_exit(0);
		}
		waitpid(inner, &status, WUNTRACED);
		_exit(0);
	}
	close(p[1]);
	waitpid(child, NULL, 0);
	CALL(read(p[0], answer, 7));
	close(p[0]);
}

static void waiting_for_a_group(void)
{
	int status;

	PART("wait for a group");
	pid_t one = fork();
	if (one == 0) {
		setpgid(0, 0);
		_exit(1);
	}
	pid_t two = fork();
	if (two == 0)
		_exit(2);
	setpgid(one, one);
	siginfo_t info;
	waitid(P_PID, one, &info, WEXITED | WNOWAIT);
	CHECK(waitpid(-one, &status, 0) == one);
	CHECK(waitpid(0, &status, 0) == two);
	CALL(waitpid(0, &status, 0));
	CALL(waitpid(-one, &status, 0));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		for (;;)
			pause();
	}
	setsid();
	IN_CHILD("groups", groups());
	IN_CHILD("exec", after_exec_it_is_too_late());
	IN_CHILD("sessions", sessions());
	orphaned_groups_do_not_stop();
	a_new_orphan_is_hung_up();
	waiting_for_a_group();
	return 0;
}
