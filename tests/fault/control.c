/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control file itself, /proc/PID/fail-nth: what it takes and refuses, whose it is, several threads with plans of
 * their own, plans of processes that end, and programs that arm themselves all the time.
 */
#include "plan.h"
#include <sched.h>
#include <linux/futex.h>

static int own;			/* this thread's */

#define EXPECT(condition) ((condition) ? (void)0 : COMPLAIN("%s", #condition))

static long put(int control, const char *plan) { return CALL(write(control, plan, strlen(plan))); }

static const char *state(int control)
{
	plan_get(control, report, sizeof(report));
	return report;
}

static void check_text(void)
{
	static const struct { const char *plan; long result; } rows[] = {
		{ "alloc 3", 7 }, { "copy 1\n", 7 }, { "short 4294967295", 16 }, { "read 0", 6 }, { "alloc 0007", 10 },
		{ "\n", -EINVAL }, { "alloc", -EINVAL }, { "alloc ", -EINVAL }, { "alloc  1", -EINVAL },
		{ "alloc -1", -EINVAL }, { "alloc 1 ", -EINVAL }, { "alloc 1\n\n", -EINVAL }, { "alloc 0x10", -EINVAL },
		{ "ALLOC 1", -EINVAL }, { "allocs 1", -EINVAL }, { "none 1", -EINVAL }, { "7", -EINVAL },
		{ "read 4294967296", -ERANGE }, { "read 99999999999999999999", -ERANGE },
		{ "alloc 000000000000000000000000001", -EINVAL }, { "\xff\xfe\x01", -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		long result = put(own, rows[i].plan);

		if (result != rows[i].result)
			COMPLAIN("'%s' answers %ld, not %ld", rows[i].plan, result, rows[i].result);
	}
	put(own, "copy 0");
	memset(arena.bytes, 'a', sizeof(arena.bytes));
	EXPECT(CALL(write(own, arena.bytes, sizeof(arena.bytes))) == -EINVAL);
	EXPECT(CALL(write(own, "alloc 1\0alloc 2", 15)) == -EINVAL);
	put(own, "alloc 0");
	EXPECT(CALL(write(own, NULL, 8)) == -EFAULT);
	EXPECT(CALL(read(own, NULL, 8)) == -EFAULT);
	EXPECT(!strcmp(state(own), "none 0"));
	put(own, "copy 9");
	EXPECT(!strncmp(state(own), "copy ", 5));
	put(own, "alloc 0");
}

static void check_firing(void)
{
	put(own, "copy 2");
	EXPECT(CALL(syscall(SYS_clock_gettime, 0, arena.bytes)) == 0);
	EXPECT(!strcmp(state(own), "copy 1"));
	EXPECT(CALL(syscall(SYS_clock_gettime, 0, arena.bytes)) == -EFAULT);
	EXPECT(!strncmp(state(own), "copy 0 ", 7) && strstr(report, "sys_clock_gettime+"));
	EXPECT(CALL(syscall(SYS_clock_gettime, 0, arena.bytes)) == 0);
	put(own, "alloc 0");
}

/* Another user's file, also through a descriptor that was opened before. */
static void check_others(void)
{
	static char path[64];
	int status, inherited = own;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", getpid());
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		int bad = 0;

		bad |= put(inherited, "alloc 0") != 7;
		syscall(SYS_setresuid, 1000, 1000, 1000);
		bad |= (CALL(open(path, O_RDWR)) != -EACCES) << 1;
		bad |= (CALL(open(path, O_RDONLY)) != -EACCES) << 2;
		bad |= (put(inherited, "alloc 1") != -EACCES) << 3;
		bad |= (CALL(pread(inherited, arena.bytes, 10, 0)) != -EACCES) << 4;
		_exit(bad);
	}
	waitpid(pid, &status, 0);
	if (status)
		COMPLAIN("another user's reach: status %#x", status);
	EXPECT(!strcmp(state(own), "none 0"));
}

/* The file of a process that has ended. */
static void check_dead(void)
{
	char path[64];
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	while (pid == 0)
		pause();
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	int control = open(path, O_RDWR);
	EXPECT(control >= 0 && put(control, "alloc 1") == 7);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	put(control, "copy 3");
	plan_get(control, report, sizeof(report));
	close(control);
	EXPECT(CALL(open(path, O_RDWR)) == -ENOENT);
}

/* A plan does not go to children, and stays over exec. */
static void check_inheritance(void)
{
	int status;

	put(own, "read 100000");
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		int control = open("/proc/thread-self/fail-nth", O_RDWR);

		if (strcmp(state(control), "none 0") != 0)
			_exit(1);
		put(control, "read 100000");
		execle("/proc/self/exe", "keeps", (char *)NULL, (char *[]){ "MURRE_KEEPS=1", NULL });
		_exit(2);
	}
	waitpid(pid, &status, 0);
	put(own, "alloc 0");
	if (status)
		COMPLAIN("a plan and fork or exec: status %#x", status);
}
static int keeps(void)
{
	int control = open("/proc/thread-self/fail-nth", O_RDWR);

	return strncmp(state(control), "read ", 5) != 0;
}

/* Threads that fail on their own, all at once. */
enum { THREADS = 6, ROUNDS = 150 };
static char stacks[THREADS][32768] __attribute__((aligned(16)));
static int left[THREADS];
static int thread_of(void *argument)
{
	long me = (long)argument;
	unsigned seen = 0;
	char name[16] = { 't', '0' + me, 0 }, plan[16], place[512];
	int control = open("/proc/thread-self/fail-nth", O_RDWR);

	for (unsigned round = 0; round < ROUNDS; round++) {
		int fds[2], n = round % 12 + 1;

		snprintf(plan, sizeof(plan), "%s %d", kinds[(round + me) % 4], n);
		put(control, plan);
		int fd = open(name, O_RDWR | O_CREAT, 0600);
		if (write(fd, "some bytes", 10) < 0)
			seen++;
		if (pipe(fds) == 0) {
			close(fds[0]);
			close(fds[1]);
		}
		close(fd);
		unlink(name);
		sched_yield();
		plan_get(control, place, sizeof(place));
		/* Nobody else's numbers. */
		if (strncmp(place, plan, strcspn(plan, " ")) != 0)
			COMPLAIN("thread %ld has the plan %s, not %s", me, place, plan);
	}
	put(control, "alloc 0");
	unlink(name);
	close(control);
	syscall(SYS_exit, seen == ROUNDS);
	return 0;
}
static void check_threads(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;

	for (long i = 0; i < THREADS; i++) {
		left[i] = -1;
		if (clone(thread_of, stacks[i] + sizeof(stacks[i]), flags, (void *)i, NULL, NULL, &left[i]) < 0)
			COMPLAIN("no thread %ld: %s", i, strerror(errno));
	}
	for (int i = 0; i < THREADS; i++)
		for (int now; (now = __atomic_load_n(&left[i], __ATOMIC_ACQUIRE)); )
			syscall(SYS_futex, &left[i], FUTEX_WAIT, now, NULL, NULL, 0);
	EXPECT(!strcmp(state(own), "none 0"));
}

/* Others set the plan while the thread is at work. */
static void check_meddling(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%ld/fail-nth", getpid(), syscall(SYS_gettid));
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		int control = open(path, O_RDWR);

		for (unsigned i = 0; i < 400; i++) {
			char plan[16];

			snprintf(plan, sizeof(plan), "%s %u", kinds[i % 4], i % 9 + 1);
			put(control, plan);
			plan_get(control, report, sizeof(report));
			if (i % 8 == 0)
				sched_yield();
		}
		put(control, "alloc 0");
		_exit(0);
	}
	for (int status; syscall(SYS_wait4, pid, &status, WNOHANG, NULL) == 0; ) {
		int fd = open("meddled", O_RDWR | O_CREAT, 0600);

		write(fd, arena.bytes, 9000);
		close(fd);
		unlink("meddled");
	}
	put(own, "alloc 0");
	while (waitpid(-1, NULL, 0) > 0)
		;
	unlink("meddled");
}

int main(int argc, char **argv)
{
	if (getenv("MURRE_KEEPS"))
		return keeps();
	plan_start();
	own = CONTROL;
	check_text();
	check_firing();
	check_others();
	check_dead();
	check_inheritance();
	check_threads();
	check_meddling();
	say("%d complaints\n", complaints);
	return complaints != 0;
}
