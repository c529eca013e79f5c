/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that go wrong: null and wild pointers, executed data, privileged instructions, odd
 * interrupts, divisions, alignment. Each ends with a signal of its own and tells its code.
 */
#include "fact.h"

#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t seen;
static unsigned long trap_number;

static void on_trap(int number, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	seen = *info;
	trap_number = context->uc_mcontext.gregs[REG_TRAPNO];
	siglongjmp(back, number);
}

static void go(const char *what, void (*body)(void))
{
	int number = sigsetjmp(back, 1);

	if (number == 0) {
		body();
		printf("%s: nothing happened\n", what);
	} else {
		printf("%s: %s code %d trap %ld\n", what, fact_signal(number), seen.si_code,
		       (long)trap_number);
	}
	IN_CHILD(what, {
		for (int i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		body();
	});
}

#define BODY(name, ...) static void name(void) { __VA_ARGS__; }
#define INSTRUCTION(name, text) BODY(name, __asm__ volatile(text ::: "memory", "rax", "rcx", \
	"rdx", "rbx"))

static void *(*volatile call_target)(void);
static volatile char sink;
static volatile int zero;
static char data_code[] = { (char)0xc3 };

BODY(null_read, sink = *(volatile char *)0)
BODY(null_write, *(volatile char *)0 = 1)
BODY(null_call, call_target = NULL; call_target())
BODY(kernel_read, sink = *(volatile char *)0xffff888000000000)
BODY(kernel_write, *(volatile char *)0xffffffff81000000 = 1)
BODY(kernel_jump, call_target = (void *)0xffffffff81000000; call_target())
BODY(non_canonical_read, sink = *(volatile char *)0x1234567890abcdef)
BODY(non_canonical_jump, call_target = (void *)0x1234567890abcdef; call_target())
BODY(just_below_the_hole, sink = *(volatile char *)0x7fffffffffff)
BODY(data_call, call_target = (void *)data_code; call_target())
BODY(stack_call, char code = (char)0xc3; call_target = (void *)&code; call_target())
BODY(text_write, *(volatile char *)(void *)go = 0)
BODY(divide, sink = 5 / zero)
BODY(divide_overflow, volatile int least = INT_MIN; zero = -1; sink = least / zero; zero = 0)
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

static const struct { const char *name; void (*body)(void); } bodies[] = {
#define ENTRY(name) { #name, name }
	ENTRY(null_read), ENTRY(null_write), ENTRY(null_call), ENTRY(kernel_read),
	ENTRY(kernel_write), ENTRY(kernel_jump), ENTRY(non_canonical_read),
	ENTRY(non_canonical_jump), ENTRY(just_below_the_hole), ENTRY(data_call),
	ENTRY(stack_call), ENTRY(text_write), ENTRY(divide), ENTRY(divide_overflow),
	ENTRY(undefined), ENTRY(breakpoint), ENTRY(halt), ENTRY(disable_interrupts),
	ENTRY(enable_interrupts), ENTRY(port_out), ENTRY(port_in), ENTRY(read_msr),
	ENTRY(write_msr), ENTRY(read_cr0), ENTRY(write_cr3), ENTRY(write_dr7), ENTRY(load_idt),
	ENTRY(load_task), ENTRY(swap_gs), ENTRY(system_return), ENTRY(invalidate),
	ENTRY(interrupt_3), ENTRY(interrupt_14), ENTRY(interrupt_32), ENTRY(interrupt_255),
	ENTRY(interrupt_double_fault), ENTRY(bad_segment), ENTRY(null_stack_segment),
	ENTRY(unaligned_sse), ENTRY(single_step),
	ENTRY(wild_stack),
};

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

int main(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	static const int traps[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(traps); i++)
		sigaction(traps[i], &action, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		go(bodies[i].name, bodies[i].body);
	old_gate_survives();
	return 0;
}
