/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment descriptors, the task state segment and the interrupt descriptor table (SDM volume 3,
 * chapters 3, 6 and 8). Each CPU has its own GDT and TSS; the IDT is one for all. Exceptions that
 * may strike while the stack pointer or GS is not the kernel's yet run on stacks of their own,
 * whose topmost word holds the CPU's struct cpu_local (entry.S).
 */
#include <murre/base/types.h>
#include <x86/cpu.h>
#include <x86/registers.h>
#include <x86/stacks.h>
#include <x86/vectors.h>

struct packed_struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
};
static_assert_size(struct tss, 104);

/* The CPU loads selectors 0x10 to 0x33; 0x40 is the TSS, two entries long. */
struct cpu_tables {
	uint64_t gdt[10];
	aligned_to(16) struct tss tss;
	aligned_to(IST_STACK_SIZE) char stacks[IST_COUNT][IST_STACK_SIZE];
};

struct idt_gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};
static_assert_size(struct idt_gate, 16);
#define GATE_INTERRUPT 0x8e
#define GATE_FOR_PROGRAMS 0x60

struct packed_struct table_pointer { uint16_t limit; uint64_t base; };

static struct cpu_tables boot_tables;
static aligned_to(16) struct idt_gate idt[256];
static PER_CPU(struct cpu_tables *, cpu_tables);

extern char entry_stubs[];

static void gate_set(unsigned vector, unsigned ist, uint8_t type)
{
	uintptr_t to = (uintptr_t)entry_stubs + vector * ENTRY_STUB_BYTES;

	idt[vector] = (struct idt_gate){
		.offset_low = (uint16_t)to,
		.offset_middle = (uint16_t)(to >> 16),
		.offset_high = to >> 32,
		.selector = KERNEL_CS,
		.ist = ist,
		.type = type,
	};
}

static void idt_fill(void)
{
	for (unsigned v = 0; v < array_size(idt); v++)
		gate_set(v, 0, GATE_INTERRUPT);
	gate_set(VECTOR_DEBUG, 1 + IST_DEBUG, GATE_INTERRUPT);
	gate_set(VECTOR_NMI, 1 + IST_NMI, GATE_INTERRUPT);
	gate_set(VECTOR_DOUBLE_FAULT, 1 + IST_DOUBLE_FAULT, GATE_INTERRUPT);
	gate_set(VECTOR_MACHINE_CHECK, 1 + IST_MACHINE_CHECK, GATE_INTERRUPT);
	/* INT3 and INTO are for programs to use. */
	gate_set(VECTOR_BREAKPOINT, 0, GATE_INTERRUPT | GATE_FOR_PROGRAMS);
	gate_set(VECTOR_OVERFLOW, 0, GATE_INTERRUPT | GATE_FOR_PROGRAMS);
}

static void tss_fill(struct cpu_tables *t, struct cpu_local *local)
{
	t->tss.io_map = sizeof(t->tss);
	for (unsigned i = 0; i < IST_COUNT; i++) {
		uintptr_t top = (uintptr_t)t->stacks[i] + IST_STACK_SIZE - IST_STACK_RESERVED;

		*(struct cpu_local **)top = local;
		t->tss.ist[i] = top;
	}
}

static void gdt_fill(struct cpu_tables *t)
{
	uint64_t base = (uintptr_t)&t->tss;

	t->gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
	t->gdt[KERNEL_DS / 8] = 0x00cf93000000ffff;
	t->gdt[USER_CS32 / 8] = 0x00cffb000000ffff;
	t->gdt[USER_DS / 8] = 0x00cff3000000ffff;
	t->gdt[USER_CS / 8] = 0x00affb000000ffff;
	/* Available 64-bit TSS, byte granular. */
	t->gdt[TSS_SELECTOR / 8] = (sizeof(t->tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
				   (base >> 24 & 0xff) << 56;
	t->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
}

void x86_descriptors_load(struct cpu_local *local)
{
	struct cpu_tables *t = &boot_tables;
	struct table_pointer gdt = { sizeof(t->gdt) - 1, (uintptr_t)t->gdt };
	struct table_pointer interrupts = { sizeof(idt) - 1, (uintptr_t)idt };

	gdt_fill(t);
	tss_fill(t, local);
	idt_fill();
	__asm__ volatile("lgdt %0" :: "m"(gdt));
	__asm__ volatile("lidt %0" :: "m"(interrupts));
	/* Same selectors as the boot code's: CS and SS need no reload. Null FS and GS clear
	 * their bases: first. */
	__asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs" :: "r"(0));
	/* No local descriptors: what firmware left is no table of ours. */
	__asm__ volatile("lldt %w0" :: "r"(0));
	__asm__ volatile("ltr %w0" :: "r"(TSS_SELECTOR));
	wrmsr(MSR_GS_BASE, (uintptr_t)local);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	this_cpu(cpu_tables) = t;
}

void x86_stack_top_set(uintptr_t top)
{
	arch_cpu_local()->entry_scratch[0] = top;
	this_cpu(cpu_tables)->tss.rsp[0] = top;
}

bool x86_interrupt_stack_holding(uintptr_t at, uintptr_t *end)
{
	const struct cpu_tables *t = this_cpu(cpu_tables);

	for (unsigned i = 0; t && i < IST_COUNT; i++) {
		*end = (uintptr_t)t->stacks[i] + IST_STACK_SIZE;
		if (at >= (uintptr_t)t->stacks[i] && at < *end)
			return true;
	}
	return false;
}
