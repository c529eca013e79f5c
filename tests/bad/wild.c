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

/* Code without the two bytes of `syscall`: a random program must not find reboot(2). */
static void random_code(void)
{
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 4096; i++) {
		code[i] = next_random();
		if (i > 0 && code[i - 1] == 0x0f && (code[i] == 0x05 || code[i] == 0x34))
			code[i] = 0x90;
		if (i > 0 && code[i - 1] == 0xcd)
			code[i] = 0x90;
	}
	((void (*)(void))(code + next_random() % 2048))();
}

#define WILD(name, text) static void name(void) { __asm__ volatile(text); }
WILD(far_return, "pushq $0x08; pushq $0x1000; lretq")
WILD(interrupt_return, "pushq $0x10; pushq $0; pushq $0x2; pushq $0x08; pushq $0; iretq")
WILD(far_return_32, "pushq $0x23; pushq $0x1000; lretq")
WILD(non_canonical_stack, "mov $0x8000000000000000, %rsp; push %rax")
WILD(kernel_stack, "mov $0xffff888000100000, %rsp; push %rax")
WILD(wrapping_stack, "mov $8, %rsp; push %rax; push %rax; push %rax")
WILD(call_at_the_end, "mov $0x7ffffffffffe, %rax; jmp *%rax")
WILD(stack_of_syscalls, "mov $0xffff888000100000, %rsp; mov $39, %eax; syscall; mov $60, %eax; "
     "xor %edi, %edi; syscall")
WILD(all_flags, "pushq $-1; popfq; mov $39, %eax; syscall; mov $60, %eax; xor %edi, %edi; syscall")
WILD(direction_flag, "std; mov $39, %eax; syscall; mov $60, %eax; xor %edi, %edi; syscall")
WILD(trap_flag_at_syscall, "pushfq; orl $0x100, (%rsp); popfq; mov $39, %eax; syscall; ud2")
WILD(nested_task, "pushfq; orl $0x4000, (%rsp); popfq; mov $39, %eax; syscall; iretq")
WILD(sigreturn_garbage, "mov $15, %eax; syscall")
WILD(sigreturn_nowhere, "mov $0x10000, %rsp; mov $15, %eax; syscall")
WILD(sigreturn_kernel, "mov $0xffff888000100000, %rsp; mov $15, %eax; syscall")
WILD(sysenter, "mov $39, %eax; sysenter")
WILD(int_80, "mov $1, %eax; int $0x80")
WILD(gs_kernel, "mov $158, %eax; mov $0x1001, %edi; mov $0x1000, %esi; syscall; mov %gs:0, %rax")

/*
 * A signal frame on our own stack: every register wild, segments those of the kernel, FPU state
 * anywhere.
 */
static void sigreturn_forged(void)
{
	static uint64_t frame[512];

	for (int i = 0; i < 512; i++)
		frame[i] = next_random() >> next_random() % 64;
	__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(frame) : "memory");
}

static void alternate_stack_nowhere(void)
{
	stack_t stack = { .ss_sp = (void *)0xffff888000000000, .ss_size = 65536 };
	struct sigaction action = { .sa_handler = (void (*)(int))0xffffffff81000000,
				    .sa_flags = SA_ONSTACK | SA_NODEFER };

	syscall(SYS_sigaltstack, &stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void thread_without_stack(void)
{
	syscall(SYS_clone, 0x10f00, 0xffff888000100000, NULL, NULL, 0xffff888000000000);
	syscall(SYS_set_robust_list, 0xffff888000000000, 24);
	syscall(SYS_set_tid_address, 0xffff888000000000);
}

static void (*const bodies[])(void) = {
	far_return, interrupt_return, far_return_32, non_canonical_stack, kernel_stack,
	wrapping_stack, call_at_the_end, stack_of_syscalls, all_flags, direction_flag,
	trap_flag_at_syscall, nested_task, sigreturn_garbage, sigreturn_nowhere, sigreturn_kernel,
	sysenter, int_80, gs_kernel, sigreturn_forged, sigreturn_forged, sigreturn_forged,
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
