/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that run wild, where it is the machine that decides what exactly happens: random bytes
 * executed as code, returns to kernel segments, stacks and instruction pointers outside every
 * address space, forged signal frames. wild SEED COUNT: every child must end, by a signal or by
 * itself; nothing else is asked.
 */
#define _GNU_SOURCE
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

static uint64_t state;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

#define WILD(name, text) static void name(void) { __asm__ volatile(text); }
#if defined __x86_64__
#include "wild_x86_64.h"
#elif defined __aarch64__
#include "wild_aarch64.h"
#endif

static void random_code(void)
{
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	code_fill(code);
	((void (*)(void))(code + next_random() % 512 * 4))();
}

static void alternate_stack_nowhere(void)
{
	stack_t stack = { .ss_sp = (void *)KERNEL_ADDRESS, .ss_size = 65536 };
	struct sigaction action = { .sa_handler = (void (*)(int))KERNEL_CODE,
				    .sa_flags = SA_ONSTACK | SA_NODEFER };

	syscall(SYS_sigaltstack, &stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void thread_without_stack(void)
{
	syscall(SYS_clone, 0x10f00, KERNEL_ADDRESS, NULL, NULL, KERNEL_ADDRESS);
	syscall(SYS_set_robust_list, KERNEL_ADDRESS, 24);
	syscall(SYS_set_tid_address, KERNEL_ADDRESS);
}

static void (*const bodies[])(void) = {
	WILD_BODIES,
	alternate_stack_nowhere, thread_without_stack,
};

static void run_wild(int number)
{
	const int fixed = sizeof(bodies) / sizeof(bodies[0]);
	struct rlimit cpu = { 1, 1 }, processes = { 64, 64 };
	int null = open("/dev/null", O_RDWR);

	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_NPROC, &processes);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (number < fixed)
		bodies[number]();
	else
		random_code();
	_exit(0);
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 0, ended = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 0; i < count; i++) {
		const struct timespec tick = { 0, 2000000 };
		int status;
		state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 1000003 + i + 1;
		pid_t child = fork();
		if (child == 0)
			run_wild(i);
		for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited += 2) {
			nanosleep(&tick, NULL);
			if (waited >= 1500)
				kill(child, SIGKILL);
		}
		ended++;
	}
	printf("%d of %d ended\n", ended, count);
	return 0;
}
