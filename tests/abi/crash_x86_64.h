/* SPDX-License-Identifier: GPL-2.0-only */
/* What of crash.c is x86_64's: instructions that a program may not use or that go wrong, and the 32-bit gate. */
#define USED_REGISTERS "rax", "rcx", "rdx", "rbx"
#define KERNEL_DATA 0xffff888000000000
#define KERNEL_TEXT 0xffffffff81000000
#define LAST_ADDRESS 0x7fffffffffff
#define RETURN_CODE { (char)0xc3 }
#define INSTRUCTION(name, text) BODY(name, __asm__ volatile(text ::: "memory", USED_REGISTERS))

static long trap_of(const ucontext_t *context)
{
	return context->uc_mcontext.gregs[REG_TRAPNO];
}

INSTRUCTION(undefined, "ud2")
INSTRUCTION(breakpoint, "int3")
INSTRUCTION(halt, "hlt")
INSTRUCTION(disable_interrupts, "cli")
INSTRUCTION(enable_interrupts, "sti")
INSTRUCTION(port_out, "outb %%al, $0x80")
INSTRUCTION(port_in, "inb $0x60, %%al")
INSTRUCTION(read_msr, "mov $0xc0000080, %%ecx; rdmsr")
INSTRUCTION(write_msr, "mov $0xc0000080, %%ecx; wrmsr")
INSTRUCTION(read_cr0, "mov %%cr0, %%rax")
INSTRUCTION(write_cr3, "mov %%rax, %%cr3")
INSTRUCTION(write_dr7, "mov %%rax, %%dr7")
INSTRUCTION(load_idt, "sub $16, %%rsp; lidt (%%rsp); add $16, %%rsp")
INSTRUCTION(load_task, "mov $0x40, %%eax; ltr %%ax")
INSTRUCTION(swap_gs, "swapgs")
INSTRUCTION(system_return, "sysretq")
INSTRUCTION(invalidate, "invlpg (%%rsp)")
INSTRUCTION(interrupt_3, "int $3")
INSTRUCTION(interrupt_14, "int $14")
INSTRUCTION(interrupt_32, "int $32")
INSTRUCTION(interrupt_255, "int $255")
INSTRUCTION(interrupt_double_fault, "int $8")
INSTRUCTION(bad_segment, "mov $0x1234, %%eax; mov %%ax, %%ds")
INSTRUCTION(null_stack_segment, "xor %%eax, %%eax; mov %%ax, %%ss")
INSTRUCTION(unaligned_sse, "lea 1(%%rsp), %%rax; movaps (%%rax), %%xmm0")
INSTRUCTION(single_step, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop")
INSTRUCTION(wild_stack, "mov %%rsp, %%rbx; mov $0x10000, %%rsp; push %%rax; mov %%rbx, %%rsp")

#define INSTRUCTIONS \
	ENTRY(undefined), ENTRY(breakpoint), ENTRY(halt), ENTRY(disable_interrupts), ENTRY(enable_interrupts), \
	ENTRY(port_out), ENTRY(port_in), ENTRY(read_msr), ENTRY(write_msr), ENTRY(read_cr0), \
	ENTRY(write_cr3), ENTRY(write_dr7), ENTRY(load_idt), ENTRY(load_task), ENTRY(swap_gs), \
	ENTRY(system_return), ENTRY(invalidate), ENTRY(interrupt_3), ENTRY(interrupt_14), ENTRY(interrupt_32), \
	ENTRY(interrupt_255), ENTRY(interrupt_double_fault), ENTRY(bad_segment), ENTRY(null_stack_segment), ENTRY(unaligned_sse), \
	ENTRY(single_step), ENTRY(wild_stack),

/* The 32-bit gate: its numbers are i386's; a kernel without it answers SIGSEGV. */
static void old_gate_survives(void)
{
	static const int numbers[] = { -1, 0x7fffffff, 5000, 100000 };

	PART("int 0x80");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int number = sigsetjmp(back, 1);
		long got = numbers[i];
		if (number == 0)
			__asm__ volatile("int $0x80" : "+a"(got) :
					 : "memory", "r8", "r9", "r10", "r11");
		printf("%s\n", number || got == -ENOSYS ? "refused" : "accepted");
	}
}
