/* SPDX-License-Identifier: GPL-2.0-only */
/* What of wild.c is x86_64's. */
#define KERNEL_ADDRESS 0xffff888000000000
#define KERNEL_CODE 0xffffffff81000000

/* Code without the two bytes of `syscall`: a random program must not find reboot(2). */
static void code_fill(unsigned char *code)
{
	for (int i = 0; i < 4096; i++) {
		code[i] = next_random();
		if (i > 0 && code[i - 1] == 0x0f && (code[i] == 0x05 || code[i] == 0x34))
			code[i] = 0x90;
		if (i > 0 && code[i - 1] == 0xcd)
			code[i] = 0x90;
	}
}

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

/* A signal frame on our own stack: every register wild, segments those of the kernel, FPU state anywhere. */
static void sigreturn_forged(void)
{
	static uint64_t frame[512];

	for (int i = 0; i < 512; i++)
		frame[i] = next_random() >> next_random() % 64;
	__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(frame) : "memory");
}

#define WILD_BODIES \
	far_return, interrupt_return, far_return_32, non_canonical_stack, kernel_stack, \
	wrapping_stack, call_at_the_end, stack_of_syscalls, all_flags, direction_flag, \
	trap_flag_at_syscall, nested_task, sigreturn_garbage, sigreturn_nowhere, sigreturn_kernel, \
	sysenter, int_80, gs_kernel, sigreturn_forged, sigreturn_forged, sigreturn_forged
