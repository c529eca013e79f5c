/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls with random numbers and hostile arguments, many in each of many children: storm SEED
 * CHILDREN CALLS. Whatever they answer, the kernel has to survive and the parent to see each child
 * end. For guests only: it does anything that a privileged program can, save what ends the machine
 * or another process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HIGHEST 460

static const short spared[] = {
	SYS_reboot, SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	SYS_exit, SYS_exit_group, SYS_rt_sigsuspend, SYS_clone,
	SYS_clone3, SYS_execve, SYS_execveat, SYS_rt_sigreturn, SYS_pivot_root, SYS_chroot,
	SYS_umount2, SYS_mount, SYS_swapoff, SYS_wait4, SYS_waitid, SYS_setrlimit, SYS_prlimit64,
	SYS_setsid, SYS_setitimer, SYS_pidfd_send_signal, SYS_mount_setattr,
	SYS_move_mount, SYS_settimeofday, SYS_clock_settime, SYS_pselect6,
	SYS_ppoll, SYS_nanosleep, SYS_clock_nanosleep, SYS_futex, SYS_rt_sigtimedwait,
	SYS_epoll_pwait, SYS_unlinkat, SYS_renameat,
	SYS_renameat2, SYS_vhangup, SYS_kexec_load, SYS_munmap, SYS_mprotect, SYS_brk,
#ifdef SYS_fork
	SYS_pause, SYS_fork, SYS_vfork, SYS_alarm, SYS_select, SYS_poll, SYS_epoll_wait, SYS_unlink, SYS_rename,
#endif
};

static uint64_t state;
static char *page;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

static int is_spared(long number)
{
	for (size_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++)
		if (spared[i] == number)
			return 1;
	return 0;
}

static long argument(void)
{
	static const long odd[] = {
		0, 1, 2, -1, -2, 8, 4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7ffffffff000, 0x800000000000, (long)0xffff800000000000, (long)0xffffffff80000000,
		(long)0x8000000000000000, 0x7fffffffffffffff, AT_FDCWD, 1 << 20,
	};

	switch (next_random() % 6) {
	case 0: return next_random() % 12;
	case 1: return (long)page + next_random() % 4096;
	case 2: return (long)page + 4096 - next_random() % 16;
	case 3: return 1L << next_random() % 64;
	case 4: return next_random();
	default: return odd[next_random() % (sizeof(odd) / sizeof(odd[0]))];
	}
}

static void strings_lay(void)
{
	static const char *const texts[] = {
		"f", "/proc/self/stat", "/dev/null", "d/../f", "/", ".", "",
	};

	for (int i = 0; i < 4096; i += 8)
		*(uint64_t *)(page + i) = next_random() % 3 ? next_random() % 64 : next_random();
	for (int i = 0; i < 16; i++)
		strcpy(page + next_random() % 4000, texts[next_random() % 7]);
}

static void storm(int calls)
{
	struct rlimit files = { 64, 64 }, space = { 256 << 20, 256 << 20 }, cpu = { 2, 2 };
	int null = open("/dev/null", O_RDWR), p[2];

	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_AS, &space);
	setrlimit(RLIMIT_CPU, &cpu);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	pipe2(p, O_NONBLOCK);
	open("f", O_RDWR | O_CREAT, 0600);
	open(".", O_RDONLY);
	for (int i = 0; i < calls; i++) {
		long number = next_random() % HIGHEST, a[6];
		if (i % 16 == 0)
			strings_lay();
		for (int j = 0; j < 6; j++)
			a[j] = argument();
		if (!is_spared(number))
			syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	_exit(0);
}

static int child_end(pid_t child)
{
	const struct timespec tick = { 0, 2000000 };
	int status;

	for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited += 2) {
		nanosleep(&tick, NULL);
		if (waited >= 1500)
			kill(child, SIGKILL);
	}
	return status;
}

int main(int argc, char **argv)
{
	int children = argc > 2 ? atoi(argv[2]) : 0, calls = argc > 3 ? atoi(argv[3]) : 0;
	int ended = 0, killed = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 4096, 4096);
	for (int i = 0; i < children; i++) {
		state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 1000003 + i + 1;
		pid_t child = fork();
		if (child == 0)
			storm(calls);
		int status = child_end(child);
		ended += WIFEXITED(status);
		killed += WIFSIGNALED(status);
	}
	printf("%d children, all ended: %d\n", children, ended + killed == children);
	return 0;
}
