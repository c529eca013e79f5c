/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hostile pointers to many calls: null, unmapped, kernel half, non-canonical, read only, the last
 * byte before the hole. Each must answer an errno; none may write, none may kill.
 */
#include "fact.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>

static char *read_only, *edge;
static int pipes[2], file;

struct place {
	const char *name;
	unsigned long address;
};

static struct place places[] = {
	{ "unmapped", 0x10000 },
	{ "kernel", 0xffff888000001000 },
	{ "kernel text", 0xffffffff81000000 },
	{ "last page", 0xfffffffffffff000 },
	{ "end of user space", 0x7ffffffff000 },
	{ "non-canonical", 0x8000000000000000 },
	{ "just non-canonical", 0x0000800000000000 },
	{ "read only", 0 },
	{ "edge", 0 },
};

struct call {
	const char *name;
	long number;
	long arguments[6];
	int pointer;
	int writes;
};

/* `pointer` is the index of the argument that is replaced; `writes`: the kernel stores there. */
static struct call calls[] = {
	{ "read", SYS_read, { 'f', 0, 64 }, 1, 1 },
	{ "write", SYS_write, { 'f', 0, 64 }, 1, 0 },
	{ "pread64", SYS_pread64, { 'f', 0, 64, 0 }, 1, 1 },
	{ "readv", SYS_readv, { 'f', 0, 4 }, 1, 0 },
	{ "writev", SYS_writev, { 'f', 0, 4 }, 1, 0 },
	{ "fstat", SYS_fstat, { 'f', 0 }, 1, 1 },
	{ "newfstatat", SYS_newfstatat, { AT_FDCWD, (long)".", 0, 0 }, 2, 1 },
	{ "pipe2", SYS_pipe2, { 0, 0 }, 0, 1 },
	{ "nanosleep", SYS_nanosleep, { 0, 0 }, 0, 0 },
	{ "gettimeofday", SYS_gettimeofday, { 0, 0 }, 0, 1 },
	{ "clock_gettime", SYS_clock_gettime, { CLOCK_MONOTONIC, 0 }, 1, 1 },
	{ "clock_getres", SYS_clock_getres, { CLOCK_MONOTONIC, 0 }, 1, 1 },
	{ "uname", SYS_uname, { 0 }, 0, 1 },
	{ "sysinfo", SYS_sysinfo, { 0 }, 0, 1 },
	{ "getrusage", SYS_getrusage, { RUSAGE_SELF, 0 }, 1, 1 },
	{ "getrlimit", SYS_getrlimit, { RLIMIT_CORE, 0 }, 1, 1 },
	{ "times", SYS_times, { 0 }, 0, 1 },
	{ "getcwd", SYS_getcwd, { 0, 4000 }, 0, 1 },
	{ "getrandom", SYS_getrandom, { 0, 64, 0 }, 0, 1 },
	{ "getdents64", SYS_getdents64, { 'd', 0, 1000 }, 1, 1 },
	{ "rt_sigaction new", SYS_rt_sigaction, { SIGUSR1, 0, 0, 8 }, 1, 0 },
	{ "rt_sigaction old", SYS_rt_sigaction, { SIGUSR1, 0, 0, 8 }, 2, 1 },
	{ "rt_sigprocmask set", SYS_rt_sigprocmask, { SIG_BLOCK, 0, 0, 8 }, 1, 0 },
	{ "rt_sigprocmask old", SYS_rt_sigprocmask, { SIG_BLOCK, 0, 0, 8 }, 2, 1 },
	{ "rt_sigpending", SYS_rt_sigpending, { 0, 8 }, 0, 1 },
	{ "sigaltstack new", SYS_sigaltstack, { 0, 0 }, 0, 0 },
	{ "sigaltstack old", SYS_sigaltstack, { 0, 0 }, 1, 1 },
	{ "epoll_ctl", SYS_epoll_ctl, { 'e', EPOLL_CTL_ADD, 'p', 0 }, 3, 0 },
	{ "futex wait", SYS_futex, { 0, 0, 0, 0, 0, 0 }, 0, 0 },
	{ "setitimer", SYS_setitimer, { 0, 0, 0 }, 1, 0 },
	{ "getitimer", SYS_getitimer, { 0, 0 }, 1, 1 },
	{ "timer_create", SYS_timer_create, { CLOCK_MONOTONIC, 0, 0 }, 2, 1 },
	{ "setgroups", SYS_setgroups, { 16, 0 }, 1, 0 },
	{ "sched_getaffinity", SYS_sched_getaffinity, { 0, 128, 0 }, 2, 1 },
	{ "prlimit64", SYS_prlimit64, { 0, RLIMIT_CORE, 0, 0 }, 3, 1 },
	{ "statfs", SYS_statfs, { (long)".", 0 }, 1, 1 },
	{ "utimensat", SYS_utimensat, { AT_FDCWD, (long)"f", 0, 0 }, 2, 0 },
	{ "getresuid", SYS_getresuid, { 0, 0, 0 }, 0, 1 },
	{ "clone3", SYS_clone3, { 0, 64 }, 0, 0 },
	{ "prctl name", SYS_prctl, { 16 /* PR_GET_NAME */, 0 }, 1, 1 },
	{ "sethostname", SYS_sethostname, { 0, 16 }, 0, 0 },
	{ "mincore", SYS_mincore, { 'm', 4096, 0 }, 2, 1 },
#ifdef SYS_open		/* the oldest calls, where the architecture has them */
	{ "stat", SYS_stat, { (long)".", 0 }, 1, 1 },
	{ "lstat", SYS_lstat, { (long)".", 0 }, 1, 1 },
	{ "pipe", SYS_pipe, { 0 }, 0, 1 },
	{ "readlink", SYS_readlink, { (long)"link", 0, 100 }, 1, 1 },
	{ "poll", SYS_poll, { 0, 2, 0 }, 0, 0 },
	{ "select", SYS_select, { 64, 0, 0, 0, 0 }, 1, 0 },
#endif
};

static const struct { const char *name; long number; int pointer; } paths[] = {
	{ "openat", SYS_openat, 1 }, { "faccessat", SYS_faccessat, 1 }, { "chdir", SYS_chdir, 0 },
	{ "mkdirat", SYS_mkdirat, 1 }, { "unlinkat", SYS_unlinkat, 1 }, { "symlinkat", SYS_symlinkat, 0 },
	{ "readlinkat", SYS_readlinkat, 1 }, { "truncate", SYS_truncate, 0 }, { "execve", SYS_execve, 0 },
	{ "chroot", SYS_chroot, 0 }, { "mknodat", SYS_mknodat, 1 }, { "statfs", SYS_statfs, 0 },
	{ "umount2", SYS_umount2, 0 },
#ifdef SYS_open
	{ "open", SYS_open, 0 }, { "stat", SYS_stat, 0 }, { "access", SYS_access, 0 }, { "mkdir", SYS_mkdir, 0 },
	{ "rmdir", SYS_rmdir, 0 }, { "unlink", SYS_unlink, 0 }, { "rename", SYS_rename, 0 }, { "link", SYS_link, 0 },
	{ "symlink", SYS_symlink, 0 }, { "readlink", SYS_readlink, 0 }, { "chmod", SYS_chmod, 0 },
	{ "chown", SYS_chown, 0 }, { "mknod", SYS_mknod, 0 },
#endif
};

static long stand_in(long argument)
{
	switch (argument) {
	case 'f': return file;
	case 'p': return pipes[0];
	case 'd': return 30;
	case 'e': return 31;
	case 'm': return (long)read_only;
	default: return argument;
	}
}

static long call_with(const struct call *call, unsigned long address)
{
	long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = i == call->pointer ? (long)address : stand_in(call->arguments[i]);
	lseek(file, 0, SEEK_SET);
	lseek(30, 0, SEEK_SET);
	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void every_call_at_every_place(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		printf("%s:", calls[i].name);
		for (size_t j = 0; j < ARRAY_SIZE(places); j++) {
			if (!calls[i].writes && strcmp(places[j].name, "read only") == 0)
				continue;
			errno = 0;
			long got = call_with(&calls[i], places[j].address);
			printf(" %s", got < 0 ? fact_errno(errno) : "success");
		}
		printf("\n");
	}
}

static void every_path_at_every_place(void)
{
	PART("paths");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		printf("%s:", paths[i].name);
		for (size_t j = 0; j < ARRAY_SIZE(places); j++) {
			long a[3] = { AT_FDCWD, 0, 0 };
			if (strcmp(places[j].name, "read only") == 0)
				continue;
			a[paths[i].pointer] = (long)places[j].address;
			errno = 0;
			long got = syscall(paths[i].number, a[0], a[1], a[2]);
			printf(" %s", got < 0 ? fact_errno(errno) : "success");
		}
		printf("\n");
	}
}

static void the_read_only_page_is_untouched(void)
{
	int changed = 0;

	for (int i = 0; i < 4096; i++)
		changed += read_only[i] != 'R';
	SHOW(changed);
}

static void nothing_leaked(void)
{
	SHOW(dup(0));
}

int main(void)
{
	read_only = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(read_only, 'R', 4096);
	mprotect(read_only, 4096, PROT_READ);
	edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(edge + 4096, 4096);
	memset(edge, 0x7f, 4096);
	places[7].address = (unsigned long)read_only;
	places[8].address = (unsigned long)edge + 4095;
	file_write("f", "a file of at least sixty-four bytes, so that a read has much to give");
	symlink("a target that is long enough", "link");
	file = open("f", O_RDWR);
	pipe(pipes);
	dup2(open(".", O_RDONLY), 30);
	dup2(epoll_create1(0), 31);
	every_call_at_every_place();
	every_path_at_every_place();
	the_read_only_page_is_untouched();
	nothing_leaked();
	return 0;
}
