/* SPDX-License-Identifier: GPL-2.0-only */
/* fork(2), vfork(2), clone(2), clone3(2), wait4(2), waitid(2) and their statuses. */
#include "fact.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>

static void statuses(void)
{
	int status;

	PART("statuses");
	IN_CHILD("zero", _exit(0));
	IN_CHILD("seven", _exit(7));
	IN_CHILD("only the low byte", _exit(0x1ff));
	IN_CHILD("killed", kill(getpid(), SIGKILL));
	IN_CHILD("term", kill(getpid(), SIGTERM));
	IN_CHILD("abort", abort());
	IN_CHILD("segv", *(volatile int *)4 = 1);
	CALL(wait4(-1, &status, 0, NULL));
	CALL(wait4(999999, &status, 0, NULL));
	CALL(wait4(-1, &status, 0x800, NULL));
	CALL(waitpid(INT_MIN, &status, 0));
	pid_t child = fork();
	if (child == 0)
		_exit(3);
	CALL(waitpid(child, (int *)16, 0));
	CALL(waitpid(child, &status, 0));
}

static void waiting_without_hanging(void)
{
	int p[2], status = 77;

	PART("WNOHANG");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		char byte;
		close(p[1]);
		read(p[0], &byte, 1);
		_exit(4);
	}
	CALL(waitpid(child, &status, WNOHANG));
	SHOW(status);
	close(p[1]);
	CHECK(waitpid(child, &status, 0) == child);
	fact_status("child", status);
	close(p[0]);
}

static void stop_and_continue(void)
{
	int status;

	PART("stop and continue");
	pid_t child = fork();
	if (child == 0) {
		for (;;)
			pause();
	}
	kill(child, SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	fact_status("child", status);
	CALL(waitpid(child, &status, WUNTRACED | WNOHANG));
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, WCONTINUED) == child);
	fact_status("child", status);
	kill(child, SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	kill(child, SIGTERM);
	CALL(waitpid(child, &status, WNOHANG));
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, 0) == child);
	fact_status("child", status);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	kill(child, SIGSTOP);
	waitpid(child, &status, WUNTRACED);
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child);
	fact_status("stopped child", status);
}

static void waitid_tells_more(void)
{
	siginfo_t info = { 0 };

	PART("waitid");
	pid_t child = fork();
	if (child == 0)
		_exit(9);
	CALL(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
	CHECK(info.si_pid == child && info.si_signo == SIGCHLD);
	printf("code %d status %d uid %d\n", info.si_code, info.si_status, info.si_uid);
	CALL(waitid(P_ALL, 0, &info, WEXITED));
	CALL(waitid(P_ALL, 0, &info, WEXITED));
	CALL(waitid(P_ALL, 0, &info, 0));
	CALL(waitid(77, 0, &info, WEXITED));
	CALL(waitid(P_PID, 0, &info, WEXITED));
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	info.si_pid = 5;
	CALL(waitid(P_PID, child, &info, WEXITED | WNOHANG));
	SHOW(info.si_pid);
	kill(child, SIGSTOP);
	CALL(waitid(P_PID, child, &info, WSTOPPED));
	printf("code %d status %d\n", info.si_code, info.si_status);
	kill(child, SIGCONT);
	CALL(waitid(P_PID, child, &info, WCONTINUED));
	printf("code %d status %d\n", info.si_code, info.si_status);
	kill(child, SIGKILL);
	CALL(waitid(P_PID, child, &info, WEXITED));
	printf("code %d status %d\n", info.si_code, info.si_status);
}

static void orphans_get_a_parent(void)
{
	int p[2];
	char answer = '?';

	PART("orphans");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		pid_t parent = getpid();
		if (fork() == 0) {
			while (getppid() == parent)
				sleep_ms(1);
			write(p[1], getppid() == 1 ? "1" : "n", 1);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(child, NULL, 0);
	read(p[0], &answer, 1);
	printf("adopted by process 1: %c\n", answer);
	close(p[0]);
	close(p[1]);
}

static void ignoring_children_reaps_them(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };

	PART("SIGCHLD ignored");
	signal(SIGCHLD, SIG_IGN);
	pid_t child = fork();
	if (child == 0)
		_exit(1);
	CALL(waitpid(child, NULL, 0));
	sigaction(SIGCHLD, &action, NULL);
	child = fork();
	if (child == 0)
		_exit(1);
	CALL(waitpid(child, NULL, 0));
	signal(SIGCHLD, SIG_DFL);
}

static int shared_value;

static int clone_body(void *data)
{
	shared_value = 5;
	return *(int *)data;
}

static void clone_flags(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int code = 11, status;
	pid_t child;

	PART("clone");
	CHECK(clone(clone_body, stack + sizeof(stack), SIGCHLD, &code) > 0);
	CHECK(wait(&status) > 0);
	fact_status("copy", status);
	SHOW(shared_value);
	CHECK(clone(clone_body, stack + sizeof(stack), CLONE_VM | SIGCHLD, &code) > 0);
	CHECK(wait(&status) > 0);
	fact_status("CLONE_VM", status);
	SHOW(shared_value);
	signal(SIGUSR2, SIG_IGN);
	child = clone(clone_body, stack + sizeof(stack), CLONE_VM | SIGUSR2, &code);
	CALL(waitpid(child, &status, 0));
	CHECK(waitpid(child, &status, __WCLONE) == child);
	CALL(syscall(SYS_clone, CLONE_SIGHAND, 0, NULL, NULL, 0));
	CALL(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, NULL, NULL, 0));
	CALL(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, NULL, NULL, 0));
	shared_value = 0;
	child = vfork();
	if (child == 0) {
		shared_value = 8;
		_exit(6);
	}
	CHECK(waitpid(child, &status, 0) == child);
	fact_status("vfork", status);
	SHOW(shared_value);
}

static void clone3_arguments(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t parent_tid = 0;
	int status;

	PART("clone3");
	pid_t child = syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0)
		_exit(21);
	CHECK(waitpid(child, &status, 0) == child);
	fact_status("clone3", status);
	args.flags = CLONE_PARENT_SETTID;
	args.parent_tid = (uintptr_t)&parent_tid;
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0)
		_exit(0);
	CHECK(parent_tid == child);
	waitpid(child, &status, 0);
	fact_status("CLONE_PARENT_SETTID", status);
	CALL(syscall(SYS_clone3, &args, 8));
	CALL(syscall(SYS_clone3, NULL, sizeof(args)));
	CALL(syscall(SYS_clone3, &args, 8192));
	args = (struct clone_args){ .exit_signal = 300 };
	CALL(syscall(SYS_clone3, &args, sizeof(args)));
	args = (struct clone_args){ .flags = SIGCHLD };
	CALL(syscall(SYS_clone3, &args, sizeof(args)));
	args = (struct clone_args){ .exit_signal = SIGCHLD, .stack = 4096 };
	CALL(syscall(SYS_clone3, &args, sizeof(args)));
}

static void many_children(void)
{
	int sum = 0, status;

	PART("many");
	for (int i = 0; i < 100; i++)
		if (fork() == 0)
			_exit(i);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	SHOW(sum);
	CALL(getpid() == syscall(SYS_gettid));
}

static void exit_runs_no_buffers(void)
{
	int p[2];

	PART("descriptors close at exit");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		close(p[0]);
		sleep_ms(10);
		kill(getpid(), SIGKILL);
	}
	close(p[1]);
	char byte;
	CALL(read(p[0], &byte, 1));
	waitpid(child, NULL, 0);
	close(p[0]);
}

int main(void)
{
	statuses();
	waiting_without_hanging();
	stop_and_continue();
	waitid_tells_more();
	orphans_get_a_parent();
	ignoring_children_reaps_them();
	clone_flags();
	clone3_arguments();
	many_children();
	exit_runs_no_buffers();
	return 0;
}
