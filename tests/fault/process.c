/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in the life of processes and threads: fork(2), clone(2), execve(2), wait(2), credentials, prctl(2). */
#include "walk.h"
#include <grp.h>
#include <sched.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static pid_t child;

static void reap(long pid)
{
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
}
static long run_fork(void)
{
	long pid = CALL(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));

	if (pid == 0)
		_exit(0);
	return pid;
}
static long run_vfork(void)
{
	long pid = CALL(vfork());

	if (pid == 0)
		_exit(0);
	return pid;
}

/* A process with more than it needs: all that fork copies has something in it. */
static int many[20];
static void gather(void)
{
	for (int i = 0; i < 20; i++)
		many[i] = open("/dev/null", O_RDONLY);
	for (int i = 0; i < 20; i++)
		mmap((char *)0x20000000000 + i * 0x40000000l, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
}
static void scatter(long pid)
{
	reap(pid);
	for (int i = 0; i < 20; i++) {
		close(many[i]);
		munmap((char *)0x20000000000 + i * 0x40000000l, 4096);
	}
}

/* clone(2) with all that it writes before it returns. */
static char thread_stack[16384] __attribute__((aligned(16)));
static int thread_word, pidfd;
static int thread_main(void *unused)
{
	syscall(SYS_exit, 0);
	return 0;
}
static long run_thread(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	thread_word = -1;
	return CALL(clone(thread_main, thread_stack + sizeof(thread_stack), flags, NULL, &thread_word, NULL,
			  &thread_word));
}
static void join(long tid)
{
	for (int now; tid > 0 && (now = __atomic_load_n(&thread_word, __ATOMIC_ACQUIRE)); )
		syscall(SYS_futex, &thread_word, FUTEX_WAIT, now, NULL, NULL, 0);
	/* Its last breath comes after that word. */
	if (tid > 0)
		while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
			usleep(100);
}
static long run_many_threads(void)
{
	enum { THREADS = 45 };		/* more than stacks are kept */
	static char stacks[THREADS][4096];
	static int words[THREADS];
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		    CLONE_CHILD_CLEARTID;
	long result = 0;

	for (int i = 0; i < THREADS; i++) {
		words[i] = -1;
		long tid = CALL(clone(thread_main, stacks[i] + 4096, flags, NULL, NULL, NULL, &words[i]));

		if (tid < 0)
			result = tid, words[i] = 0;
	}
	for (int i = 0; i < THREADS; i++)
		for (int now; (now = __atomic_load_n(&words[i], __ATOMIC_ACQUIRE)); )
			syscall(SYS_futex, &words[i], FUTEX_WAIT, now, NULL, NULL, 0);
	usleep(2000);
	return result;
}
static int child_main(void *unused) { return 0; }
static long run_clone_pidfd(void)
{
	return CALL(clone(child_main, thread_stack + sizeof(thread_stack), CLONE_PIDFD | SIGCHLD, NULL, &pidfd));
}
static void undo_clone_pidfd(long pid)
{
	reap(pid);
	if (pid > 0)
		close(pidfd);
}
static long run_clone3(void)
{
	static uint64_t args[8];

	memset(args, 0, sizeof(args));
	args[4] = SIGCHLD;
	long pid = CALL(syscall(SYS_clone3, args, sizeof(args)));

	if (pid == 0)
		_exit(0);
	return pid;
}

/* For a step whose failures are another's: the plan as text, taken away from this thread. */
static void plan_hand_over(char *to, size_t cap)
{
	plan_get(CONTROL, to, cap);
	plan_set(CONTROL, "alloc", 0);
}

/* The other one's half; afterwards plan_get(control, told, …) says what became of it. */
static int plan_take_over(const char *plan)
{
	int control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	write(control, plan, strlen(plan));
	return control;
}

/*
 * A child that is armed itself and runs a program. Before the point of no return a failure is an errno, past it a
 * signal; and if the failure is still to come, the program's own start has it.
 */
enum { TELL = 20 };
static int tell[2];
static void exec_prepare(void) { pipe2(tell, O_NONBLOCK); dup2(tell[1], TELL); }
static void exec_undo(long result) { close(tell[0]); close(tell[1]); close(TELL); }
static int exec_target(void)
{
	int control;

	/* The failure may still be to come. */
	while ((control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC)) < 0)
		;
	plan_get(control, report, sizeof(report));
	write(control, "alloc 0", 7);
	write(TELL, report, sizeof(report));
	return 0;
}
/* It could not say what it died of. */
static long died(int status, const char *plan)
{
	snprintf(told, sizeof(report), "%.*s 0 of which it died", (int)strcspn(plan, " "), plan);
	return -SIGNALLED(WTERMSIG(status));
}
static long exec_run(const char *program)
{
	static char *arguments[] = { "exec-target", "one", "two", "three", NULL };
	static char *variables[] = { "A=1", "B=2", "MURRE_EXEC_TARGET=1", NULL };
	static char plan[64];
	int status;

	plan_hand_over(plan, sizeof(plan));
	pid_t pid = vfork();
	if (pid == 0) {
		int control = plan_take_over(plan);

		execve(program, arguments, variables);
		status = errno;
		plan_get(control, told, sizeof(report));
		_exit(status);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return -WEXITSTATUS(status);
	if (WIFEXITED(status))
		return read(tell[0], told, sizeof(report)) > 0 ? 0 : -EPROTO;
	return died(status, plan);
}
static long run_exec(void) { return exec_run("/proc/self/exe"); }
static void script_prepare(void)
{
	int fd = open("script", O_WRONLY | O_CREAT, 0755);

	write(fd, "#!/proc/self/exe an-argument\n", 29);
	close(fd);
	exec_prepare();
}
static void script_undo(long result)
{
	exec_undo(0);
	unlink("script");
}
static long run_script(void) { return exec_run("./script"); }

static void make_child(void)
{
	child = fork();
	if (child == 0)
		_exit(7);
	waitid(P_PID, child, (siginfo_t *)arena.bytes, WEXITED | WNOWAIT);
}
static void undo_child(long result) { waitpid(child, NULL, 0); }
static long run_wait(void) { return CALL(wait4(child, &arena.number, 0, (struct rusage *)arena.bytes)); }
static long run_waitid(void) { return CALL(waitid(P_PID, child, (siginfo_t *)arena.bytes, WEXITED)); }
static void make_sleeper(void)
{
	child = fork();
	while (child == 0)
		pause();
}
static void undo_sleeper(long result)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
static long run_pidfd_open(void) { return CALL(syscall(SYS_pidfd_open, child, 0)); }
static void undo_pidfd_open(long fd)
{
	if (fd >= 0)
		close(fd);
	undo_sleeper(0);
}
static long run_setpgid(void) { return CALL(setpgid(child, child)); }
static long run_affinity(void)
{
	memset(arena.bytes, 0, 128);
	arena.bytes[0] = 1;
	return CALL(syscall(SYS_sched_setaffinity, child, 128, arena.bytes));
}
static long run_scheduler(void)
{
	arena.number = 0;
	return CALL(syscall(SYS_sched_setscheduler, child, SCHED_BATCH, &arena.number));
}
static long run_prlimit(void)
{
	struct rlimit *limit = (struct rlimit *)arena.bytes;

	limit[0] = (struct rlimit){ 100, 200 };
	return CALL(prlimit(child, RLIMIT_NOFILE, &limit[0], &limit[1]));
}
/* In a process of its own, for there is no way back. */
static long in_child(long (*call)(void))
{
	static char plan[64];
	int status;

	plan_hand_over(plan, sizeof(plan));
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		uint64_t before = cred_hash();

		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		arena_touch();
		int control = plan_take_over(plan);
		long result = call();
		plan_get(control, told, sizeof(report));
		write(control, "alloc 0", 7);
		_exit(result >= 0 ? 0 : cred_hash() == before ? -result : EPROTO);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? died(status, plan) : -WEXITSTATUS(status);
}

static const gid_t groups[] = { 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 };
static long run_setgroups(void) { return CALL(setgroups(20, groups)); }
static void undo_setgroups(long result) { setgroups(0, NULL); }
static void have_groups(void) { setgroups(20, groups); }
static long run_getgroups(void) { return CALL(getgroups(60, (gid_t *)arena.bytes)); }
static long run_setresgid(void) { return CALL(syscall(SYS_setresgid, 12, 34, 0)); }
static void undo_setresgid(long result) { syscall(SYS_setresgid, 0, 0, 0); }
static long run_setfsuid(void) { return syscall(SYS_setfsuid, 77) == 0 ? 0 : -EINVAL; }
static void undo_setfsuid(long result) { syscall(SYS_setfsuid, 0); }
static long run_capset(void)
{
	static uint32_t header[2] = { 0x20080522, 0 };

	if (syscall(SYS_capget, header, arena.bytes) != 0)
		return -errno;
	return CALL(syscall(SYS_capset, header, arena.bytes));
}
static long run_name(void) { return CALL(prctl(PR_SET_NAME, "fault")); }
static long run_get_name(void) { return CALL(prctl(PR_GET_NAME, arena.bytes)); }
static long run_usage(void) { return CALL(getrusage(RUSAGE_SELF, (struct rusage *)arena.bytes)); }
static long run_times(void) { return CALL(syscall(SYS_times, arena.bytes)); }
static long run_umask(void) { return CALL(umask(022)); }

/* Processes that end while armed: whatever they still need, they end. */
static long run_exit_armed(void)
{
	plan_set(CONTROL, "alloc", 0);
	for (unsigned n = 1; n < 12; n++)
		for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
			pid_t pid = fork();

			if (pid < 0)
				return -errno;
			if (pid == 0) {
				int control = open("/proc/thread-self/fail-nth", O_RDWR);

				plan_set(control, kinds[k], n);
				if (n % 3 == 0)
					kill(getpid(), SIGKILL);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
	return 0;
}

static long run_groups_in_child(void) { return in_child(run_setgroups); }
static long set_all_uids(void) { return CALL(syscall(SYS_setresuid, 1000, 1000, 1000)); }
static long run_setresuid(void) { return in_child(set_all_uids); }
static long set_session(void) { return CALL(setsid()); }
static long run_setsid(void) { return in_child(set_session); }
static long set_root(void) { return CALL(chroot(".")); }
static long run_chroot(void) { return in_child(set_root); }
static long close_all(void) { return CALL(syscall(SYS_close_range, 10, 30, 2)); }
static long run_unshare_files(void) { return in_child(close_all); }

static const struct step steps[] = {
	{ "fork", NULL, run_fork, reap, { ENOMEM, EAGAIN }, {}, MAPS | SIGNALS | NAMES },
	{ "fork of much", gather, run_fork, scatter, { ENOMEM, EAGAIN }, {}, MAPS },
	{ "vfork", NULL, run_vfork, reap, { ENOMEM, EAGAIN }, {}, MAPS },
	{ "clone thread", NULL, run_thread, join, { ENOMEM, EAGAIN }, {}, SIGNALS },
	{ "clone many threads", NULL, run_many_threads, NULL, { ENOMEM, EAGAIN }, {}, 0 },
	{ "clone CLONE_PIDFD", NULL, run_clone_pidfd, undo_clone_pidfd, { ENOMEM, EAGAIN }, {}, 0 },
	{ "clone3", NULL, run_clone3, reap, { ENOMEM, EAGAIN }, {}, 0 },
	{ "execve", exec_prepare, run_exec, exec_undo, { ENOMEM, EAGAIN, E2BIG, SIGNALLED(SIGKILL) },
	  { SIGNALLED(SIGSEGV), SIGNALLED(SIGBUS), SIGNALLED(SIGKILL) }, NAMES | MAPS },
	{ "execve script", script_prepare, run_script, script_undo, { ENOMEM, EAGAIN, E2BIG },
	  { SIGNALLED(SIGSEGV), SIGNALLED(SIGBUS), SIGNALLED(SIGKILL) }, NAMES | MAPS },
	{ "wait4", make_child, run_wait, undo_child, {}, {}, ANSWER_LAST },
	{ "waitid", make_child, run_waitid, undo_child, {}, {}, ANSWER_LAST },
	{ "pidfd_open", make_sleeper, run_pidfd_open, undo_pidfd_open, { ENOMEM }, {}, 0 },
	{ "setpgid", make_sleeper, run_setpgid, undo_sleeper, {}, {}, 0 },
	{ "sched_setaffinity", make_sleeper, run_affinity, undo_sleeper, { ENOMEM }, {}, 0 },
	{ "sched_setscheduler", make_sleeper, run_scheduler, undo_sleeper, {}, {}, 0 },
	{ "prlimit", make_sleeper, run_prlimit, undo_sleeper, {}, {}, 0 },
	{ "setgroups", NULL, run_setgroups, undo_setgroups, { ENOMEM }, {}, CRED },
	{ "setgroups in a child", NULL, run_groups_in_child, NULL, { ENOMEM }, { SIGNALLED(SIGBUS) }, 0 },
	{ "getgroups", have_groups, run_getgroups, undo_setgroups, {}, {}, CRED },
	{ "setresgid", NULL, run_setresgid, undo_setresgid, { ENOMEM }, {}, CRED },
	{ "setresuid", NULL, run_setresuid, NULL, { ENOMEM, EAGAIN }, { SIGNALLED(SIGBUS) }, CRED },
	{ "setfsuid", NULL, run_setfsuid, undo_setfsuid, {}, {}, CRED },
	{ "capset", NULL, run_capset, NULL, { ENOMEM }, {}, CRED },
	{ "setsid", NULL, run_setsid, NULL, { ENOMEM }, { SIGNALLED(SIGBUS) }, 0 },
	{ "chroot", NULL, run_chroot, NULL, { ENOMEM }, { SIGNALLED(SIGBUS) }, NAMES },
	{ "close_range CLOSE_RANGE_UNSHARE", NULL, run_unshare_files, NULL, { ENOMEM }, { SIGNALLED(SIGBUS) }, 0 },
	{ "prctl PR_SET_NAME", NULL, run_name, NULL, {}, {}, 0 },
	{ "prctl PR_GET_NAME", NULL, run_get_name, NULL, {}, {}, 0 },
	{ "getrusage", NULL, run_usage, NULL, {}, {}, 0 },
	{ "times", NULL, run_times, NULL, {}, {}, 0 },
	{ "umask", NULL, run_umask, NULL, {}, {}, 0 },
	{ "exit while armed", NULL, run_exit_armed, NULL, { ENOMEM, EAGAIN }, {}, 0 },
};

int main(int argc, char **argv)
{
	return getenv("MURRE_EXEC_TARGET") ? exec_target() : walk(steps, ARRAY_SIZE(steps), argv);
}
