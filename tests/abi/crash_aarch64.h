/* SPDX-License-Identifier: GPL-2.0-only */
/* What of crash.c is aarch64's: instructions that a program may not use or that go wrong. */
#define USED_REGISTERS "x0", "x1", "x2"
#define KERNEL_DATA 0xffff000000000000
#define KERNEL_TEXT 0xffff800008000000
#define LAST_ADDRESS 0xffffffffffff
#define RETURN_CODE { (char)0xc0, 0x03, 0x5f, (char)0xd6 }
#define INSTRUCTION(name, text) BODY(name, __asm__ volatile(text ::: "memory", "cc", USED_REGISTERS))

/* The exception's class, from the frame's record of the syndrome; -1: it has none. */
static long trap_of(const ucontext_t *context)
{
	const char *record = (const char *)context->uc_mcontext.__reserved;
	unsigned int head[2];

	for (;; record += head[1]) {
		memcpy(head, record, sizeof(head));
		if (head[0] == ESR_MAGIC)
			return ((const struct esr_context *)record)->esr >> 26;
		if (head[0] == 0)
			return -1;
	}
}

INSTRUCTION(undefined, "udf #0")
INSTRUCTION(unallocated, ".inst 0xffffffff")
INSTRUCTION(breakpoint, "brk #0")
INSTRUCTION(breakpoint_1000, "brk #1000")
INSTRUCTION(halt, "hlt #0")
INSTRUCTION(hypervisor_call, "hvc #0")
INSTRUCTION(monitor_call, "smc #0")
INSTRUCTION(disable_interrupts, "msr daifset, #2")
INSTRUCTION(enable_interrupts, "msr daifclr, #2")
INSTRUCTION(read_control, "mrs x0, sctlr_el1")
INSTRUCTION(write_control, "msr sctlr_el1, x0")
INSTRUCTION(write_vectors, "msr vbar_el1, x0")
INSTRUCTION(write_tables, "msr ttbr1_el1, x0")
INSTRUCTION(read_identification, "mrs x0, midr_el1")
INSTRUCTION(read_features, "mrs x0, id_aa64isar0_el1")
INSTRUCTION(write_identification, ".inst 0xd5180000")
INSTRUCTION(read_physical_counter, "mrs x0, cntpct_el0")
INSTRUCTION(read_virtual_counter, "mrs x0, cntvct_el0")
INSTRUCTION(write_timer, "msr cntv_ctl_el0, x0")
INSTRUCTION(read_cycles, "mrs x0, pmccntr_el0")
INSTRUCTION(forget_translations, "tlbi vmalle1")
INSTRUCTION(forget_instructions, "ic iallu")
INSTRUCTION(drop_line, "mov x0, sp; dc ivac, x0")
INSTRUCTION(clean_line, "mov x0, sp; dc cvac, x0")
INSTRUCTION(clean_nowhere, "mov x0, #8; dc cvac, x0")
INSTRUCTION(invalidate_nowhere, "mov x0, #8; ic ivau, x0")
INSTRUCTION(translate, "at s1e0r, x0")
INSTRUCTION(exception_return, "eret")
INSTRUCTION(wait_for_event, "sevl; wfe")
INSTRUCTION(select_stack, "msr spsel, #1")
INSTRUCTION(exclusive_unaligned, "sub x1, sp, #63; ldxr x0, [x1]")
INSTRUCTION(acquire_unaligned, "sub x1, sp, #63; ldar x0, [x1]")
INSTRUCTION(ordinary_unaligned, "sub x1, sp, #63; ldr x0, [x1]")
INSTRUCTION(stack_unaligned, "mov x1, sp; sub x2, sp, #8; mov sp, x2; ldr x0, [sp, #16]; mov sp, x1")
INSTRUCTION(jump_unaligned, "adr x0, .; add x0, x0, #2; br x0")
INSTRUCTION(divide_by_zero, "mov x0, #5; udiv x0, x0, xzr")
INSTRUCTION(wild_stack, "mov x1, sp; mov x2, #65536; mov sp, x2; str x0, [sp, #-16]!; mov sp, x1")
INSTRUCTION(tagged_read, "mov x0, sp; movk x0, #0x5500, lsl #48; ldr x1, [x0]")

#define INSTRUCTIONS \
	ENTRY(undefined), ENTRY(unallocated), ENTRY(breakpoint), ENTRY(breakpoint_1000), ENTRY(halt), \
	ENTRY(hypervisor_call), ENTRY(monitor_call), ENTRY(disable_interrupts), ENTRY(enable_interrupts), ENTRY(read_control), \
	ENTRY(write_control), ENTRY(write_vectors), ENTRY(write_tables), ENTRY(read_identification), ENTRY(read_features), \
	ENTRY(write_identification), ENTRY(read_physical_counter), ENTRY(read_virtual_counter), ENTRY(write_timer), ENTRY(read_cycles), \
	ENTRY(forget_translations), ENTRY(forget_instructions), ENTRY(drop_line), ENTRY(clean_line), ENTRY(clean_nowhere), \
	ENTRY(invalidate_nowhere), ENTRY(translate), ENTRY(exception_return), ENTRY(wait_for_event), ENTRY(select_stack), \
	ENTRY(exclusive_unaligned), ENTRY(acquire_unaligned), ENTRY(ordinary_unaligned), ENTRY(stack_unaligned), ENTRY(jump_unaligned), \
	ENTRY(divide_by_zero), ENTRY(wild_stack), ENTRY(tagged_read),

static void old_gate_survives(void)
{
}
