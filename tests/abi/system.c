/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system as a whole: uname(2), sysinfo(2), getrandom(2), prctl(2), rlimits, user ids, ENOSYS.
 */
#include "fact.h"

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void names(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	PART("uname");
	CALL(uname(&name));
	printf("%s %s\n", name.sysname, name.machine);
	sscanf(name.release, "%d.%d", &major, &minor);
	CHECK(major > 6 || (major == 6 && minor >= 1));
	CHECK(name.version[0] == '#');
	CHECK(strlen(name.nodename) > 0);
	CALL(syscall(SYS_uname, (void *)16));
	CALL(sethostname("murre-test", 10));
	uname(&name);
	printf("%s\n", name.nodename);
	CALL(sethostname("x", -1));
	CALL(sethostname("x", 65));
	CALL(syscall(SYS_setdomainname, "domain", 6));
}

static void memory_figures(void)
{
	struct sysinfo info;

	PART("sysinfo");
	CALL(sysinfo(&info));
	CHECK(info.totalram > info.freeram && info.freeram > 0);
	CHECK(info.totalram * info.mem_unit > 8UL << 20);
	CHECK(info.procs >= 1);
	CALL(syscall(SYS_sysinfo, (void *)16));
}

static void random_bytes(void)
{
	unsigned char one[64] = { 0 }, two[64] = { 0 };

	PART("getrandom");
	CALL(getrandom(one, 64, 0));
	CALL(getrandom(two, 64, GRND_NONBLOCK));
	CHECK(memcmp(one, two, 64) != 0);
	CALL(getrandom(one, 0, 0));
	CALL(getrandom(one, 8, 64));
	CALL(getrandom(one, 8, GRND_RANDOM));
	CALL(syscall(SYS_getrandom, (void *)16, 8, 0));
	int counts[256] = { 0 }, worst = 0;
	static unsigned char many[65536];
	CALL(getrandom(many, sizeof(many), 0));
	for (size_t i = 0; i < sizeof(many); i++)
		counts[many[i]]++;
	for (int i = 0; i < 256; i++)
		worst = counts[i] > worst ? counts[i] : worst;
	CHECK(worst < 400);
}

static void process_controls(void)
{
	char name[32] = "";
	int value = 0;

	PART("prctl");
	CALL(prctl(PR_SET_NAME, "a name that is too long"));
	CALL(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	CALL(prctl(PR_SET_NAME, 16));
	CALL(prctl(PR_SET_PDEATHSIG, SIGTERM));
	CALL(prctl(PR_GET_PDEATHSIG, &value));
	SHOW(value);
	CALL(prctl(PR_SET_PDEATHSIG, 99));
	CALL(prctl(PR_GET_DUMPABLE));
	CALL(prctl(PR_SET_DUMPABLE, 0));
	CALL(prctl(PR_GET_DUMPABLE));
	CALL(prctl(PR_SET_DUMPABLE, 7));
	CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(prctl(PR_SET_CHILD_SUBREAPER, 1));
	CALL(prctl(PR_GET_CHILD_SUBREAPER, &value));
	SHOW(value);
	CALL(prctl(99999));
	int status, p[2];
	char answer = '?';
	pipe(p);
	pid_t parent = getpid();
	IN_CHILD("child leaves an orphan", {
		pid_t middle = getpid();
		if (fork() == 0) {
			while (getppid() == middle)
				sleep_ms(1);
			answer = getppid() == parent ? 'y' : 'n';
			write(p[1], &answer, 1);
			_exit(5);
		}
	});
	read(p[0], &answer, 1);
	printf("reaped here: %c\n", answer);
	wait(&status);
	fact_status("orphan", status);
}

static void death_of_the_parent(void)
{
	int p[2];
	char byte;

	PART("PR_SET_PDEATHSIG");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		int ready[2];
		pipe(ready);
		if (fork() == 0) {
			close(p[0]);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			write(ready[1], "x", 1);
			for (;;)
				pause();
		}
		read(ready[0], &byte, 1);
		_exit(0);
	}
	close(p[1]);
	CALL(read(p[0], &byte, 1));
	waitpid(child, NULL, 0);
	CHECK(wait(NULL) > 0);
}

static void limits(void)
{
	struct rlimit limit, other = { 100, 50 }, many = { 1 << 30, 1 << 30 };

	PART("limits");
	CALL(getrlimit(RLIMIT_STACK, &limit));
	CHECK(limit.rlim_cur >= 1 << 20);
	CALL(getrlimit(77, &limit));
	CALL(setrlimit(RLIMIT_CORE, &other));
	other.rlim_cur = 10;
	CALL(setrlimit(RLIMIT_CORE, &other));
	CALL(getrlimit(RLIMIT_CORE, &limit));
	printf("%ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
	CALL(setrlimit(RLIMIT_NOFILE, &many));
	CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit));
	CALL(syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, NULL, &limit));
	CALL(syscall(SYS_prlimit64, 999999, RLIMIT_CORE, NULL, &limit));
	CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, (void *)16));
	IN_CHILD("RLIMIT_FSIZE", {
		char block[200];
		struct rlimit size = { 100, 100 };
		setrlimit(RLIMIT_FSIZE, &size);
		int fd = open("limited", O_RDWR | O_CREAT, 0600);
		CALL(write(fd, block, 60));
		CALL(write(fd, block, 60));
		signal(SIGXFSZ, SIG_IGN);
		CALL(write(fd, block, 60));
		CALL(ftruncate(fd, 200));
		signal(SIGXFSZ, SIG_DFL);
		write(fd, block, 60);
	});
	IN_CHILD("RLIMIT_NPROC for a user", {
		struct rlimit processes = { 1, 1 };
		setrlimit(RLIMIT_NPROC, &processes);
		setuid(4321);
		pid_t child = fork();
		printf("%s\n", child == -1 ? fact_errno(errno) : "forked");
		if (child == 0)
			_exit(0);
	});
	IN_CHILD("raising a hard limit as a user", {
		setuid(4321);
		other.rlim_max = 1000;
		CALL(setrlimit(RLIMIT_CORE, &other));
	});
}

static void user_ids(void)
{
	uid_t real, effective, saved;

	PART("ids");
	gid_t groups[] = { 5, 6, 7 }, got[8];

	SHOW(getuid() + geteuid() + getgid() + getegid());
	IN_CHILD("child", {
		CALL(setgroups(3, groups));
		CALL(getgroups(0, NULL));
		CALL(getgroups(2, got));
		CALL(getgroups(8, got));
		printf("%d %d %d\n", got[0], got[1], got[2]);
		CALL(syscall(SYS_setresgid, 10, 11, 12));
		CALL(syscall(SYS_setresuid, 100, 200, 300));
		CALL(getresuid(&real, &effective, &saved));
		printf("%d %d %d\n", real, effective, saved);
		CALL(syscall(SYS_setuid, 0));
		CALL(syscall(SYS_setuid, 300));
		getresuid(&real, &effective, &saved);
		printf("%d %d %d\n", real, effective, saved);
		CALL(syscall(SYS_setreuid, -1, 200));
		CALL(syscall(SYS_setreuid, 300, 100));
		getresuid(&real, &effective, &saved);
		printf("%d %d %d\n", real, effective, saved);
		CALL(syscall(SYS_setgroups, 3, groups));
		CALL(syscall(SYS_setgid, 0));
		CALL(syscall(SYS_setregid, 11, 10));
		CALL(syscall(SYS_setfsuid, 300));
		CALL(syscall(SYS_setfsuid, -1));
		CALL(sethostname("x", 1));
		CALL(syscall(SYS_setresuid, -1, -1, -1));
	});
}

static void scheduling(void)
{
	cpu_set_t cpus;
	struct sched_param param = { 0 };

	PART("scheduling");
	CALL(sched_yield());
	CHECK(syscall(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus) > 0);
	CALL(syscall(SYS_sched_getaffinity, 0, 1, &cpus));
	CALL(syscall(SYS_sched_getaffinity, 999999, sizeof(cpus), &cpus));
	CPU_ZERO(&cpus);
	CALL(sched_setaffinity(0, sizeof(cpus), &cpus));
	CPU_SET(0, &cpus);
	CALL(sched_setaffinity(0, sizeof(cpus), &cpus));
	CALL(syscall(SYS_sched_getscheduler, 0));
	CALL(syscall(SYS_sched_getparam, 0, &param));
	CALL(syscall(SYS_sched_get_priority_max, SCHED_FIFO));
	CALL(syscall(SYS_sched_get_priority_min, SCHED_RR));
	CALL(syscall(SYS_sched_get_priority_max, 99));
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(setpriority(PRIO_PROCESS, 0, 5));
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(nice(3));
	CALL(setpriority(PRIO_PROCESS, 0, 100));
	CALL(getpriority(PRIO_PROCESS, 0));
	CALL(setpriority(77, 0, 0));
	CALL(setpriority(PRIO_PROCESS, 999999, 0));
	unsigned int cpu = 99, node = 99;
	CALL(syscall(SYS_getcpu, &cpu, &node, NULL));
	CHECK(cpu < 64 && node < 64);
}

static void unknown_calls(void)
{
	PART("unknown");
	CALL(syscall(5000));
	CALL(syscall(-1));
#ifdef SYS_create_module
	CALL(syscall(SYS_create_module));
#endif
	CALL(syscall(0x40000000));
}

static void thread_area(void)
{
#ifdef SYS_arch_prctl
	unsigned long base = 0;

	PART("arch_prctl");
	CALL(syscall(SYS_arch_prctl, 0x1003, &base));
	CHECK(base != 0);
	CALL(syscall(SYS_arch_prctl, 0x1002, 0xffff800000000000));
	CALL(syscall(SYS_arch_prctl, 0x1001, 0x1234));
	CALL(syscall(SYS_arch_prctl, 0x1004, &base));
	printf("%#lx\n", base);
	CALL(syscall(SYS_arch_prctl, 0x1003, 16));
	CALL(syscall(SYS_arch_prctl, 0x9999, 0));
#endif
}

int main(void)
{
	names();
	memory_figures();
	random_bytes();
	process_controls();
	death_of_the_parent();
	limits();
	user_ids();
	scheduling();
	unknown_calls();
	thread_area();
	return 0;
}
