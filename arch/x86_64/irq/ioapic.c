/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOAPICs (82093AA data sheet): each line that somebody wants gets a vector of its own, delivered
 * to the boot CPU. Lines of legacy devices are set as ACPI's overrides say, all others as PCI wants
 * them: level, low active.
 */
#include <arch/cpu.h>
#include <murre/lock.h>
#include <x86/acpi.h>
#include <x86/irq.h>
#include <x86/kernel_map.h>
#include <x86/vectors.h>

enum { SELECT = 0x00, WINDOW = 0x10 };
enum { REGISTER_VERSION = 1, REGISTER_LINES = 0x10 };
#define LINE_LOW_ACTIVE (1 << 13)
#define LINE_LEVEL (1 << 15)
#define LINE_MASKED (1 << 16)

static struct ioapic {
	volatile char *registers;
	uint32_t first_line, count;
} ioapics[IOAPICS_MAX];
static read_only_after_start unsigned ioapic_count;

/* Vectors, given out once and kept. Registers are reached through a window, so one at a time. */
struct line_table {
	uint8_t vector_of[IRQ_LINES_MAX];		/* 0: none yet */
	unsigned next_vector;
};
DEFINE_GUARDED_IRQ(line_table, struct line_table, RANK_DEVICE)
static guarded(line_table) lines;

/* The other way round, plus one, read by interrupts: an entry is written before its line is
 * first let through. */
static uint16_t line_plus_one[VECTOR_LINES_END - VECTOR_LINES];

static uint32_t ioapic_read(const struct ioapic *a, unsigned reg)
{
	*(volatile uint32_t *)(a->registers + SELECT) = reg;
	return *(volatile uint32_t *)(a->registers + WINDOW);
}

static void ioapic_write(const struct ioapic *a, unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)(a->registers + SELECT) = reg;
	*(volatile uint32_t *)(a->registers + WINDOW) = v;
}

static void ioapic_add(paddr_t at, uint32_t first_line)
{
	struct ioapic *a = &ioapics[ioapic_count];
	uint32_t version;

	a->registers = x86_window_map(at, 32, PTE_READ | PTE_WRITE | PTE_UNCACHED);
	if (!a->registers)
		return;
	version = ioapic_read(a, REGISTER_VERSION);
	if (version == UINT32_MAX || first_line >= IRQ_LINES_MAX)
		return;
	a->first_line = first_line;
	a->count = min((version >> 16 & 0xff) + 1, IRQ_LINES_MAX - first_line);
	for (uint32_t i = 0; i < a->count; i++)
		ioapic_write(a, REGISTER_LINES + 2 * i, LINE_MASKED);
	ioapic_count++;
}

bool x86_ioapic_start(void)
{
	for (unsigned i = 0; i < acpi_madt.ioapic_count; i++)
		ioapic_add(acpi_madt.ioapics[i].at, acpi_madt.ioapics[i].first_line);
	return ioapic_count > 0;
}

static const struct ioapic *ioapic_of(unsigned line)
{
	for (unsigned i = 0; i < ioapic_count; i++)
		if (line >= ioapics[i].first_line &&
		    line - ioapics[i].first_line < ioapics[i].count)
			return &ioapics[i];
	return NULL;
}

static uint32_t trigger_of(unsigned line)
{
	for (unsigned i = 0; i < ISA_IRQS; i++)
		if (acpi_madt.isa[i].line == line)
			return (acpi_madt.isa[i].low_active ? LINE_LOW_ACTIVE : 0) |
			       (acpi_madt.isa[i].level ? LINE_LEVEL : 0);
	return LINE_LOW_ACTIVE | LINE_LEVEL;
}

/* The line's vector, a new one if it has none; 0: all are taken. */
static unsigned vector_for(line_table_locked t, unsigned line)
{
	if (!in(t)->vector_of[line] && VECTOR_LINES + in(t)->next_vector < VECTOR_LINES_END) {
		__atomic_store_n(&line_plus_one[in(t)->next_vector], line + 1, __ATOMIC_RELEASE);
		in(t)->vector_of[line] = (uint8_t)(VECTOR_LINES + in(t)->next_vector++);
	}
	return in(t)->vector_of[line];
}

static result(unit) ioapic_unmask(unsigned line)
{
	RETURNS(unit);
	const struct ioapic *a = ioapic_of(line);
	unsigned reg, vector;

	if (!a)
		return FAIL(EINVAL);
	hold(line_table, t, &lines);
	vector = vector_for(t, line);
	if (!vector)
		return FAIL(ENOSPC);
	reg = REGISTER_LINES + 2 * (line - a->first_line);
	ioapic_write(a, reg + 1, cpu_locals[0]->hw_id << 24);
	ioapic_write(a, reg, vector | trigger_of(line));
	return DONE;
}

static void ioapic_mask(unsigned line)
{
	const struct ioapic *a = ioapic_of(line);
	unsigned reg;

	if (!a)
		return;
	hold(line_table, t, &lines);
	reg = REGISTER_LINES + 2 * (line - a->first_line);
	ioapic_write(a, reg, ioapic_read(a, reg) | LINE_MASKED);
}

static void ioapic_ack(unsigned line) { x86_apic_eoi(); }

static unsigned ioapic_from_isa(unsigned isa_irq)
{
	return isa_irq < ISA_IRQS ? acpi_madt.isa[isa_irq].line : isa_irq;
}

static int ioapic_line_of(unsigned vector)
{
	if (vector >= VECTOR_LINES && vector < VECTOR_LINES_END &&
	    line_plus_one[vector - VECTOR_LINES])
		return line_plus_one[vector - VECTOR_LINES] - 1;
	x86_apic_eoi();
	return -1;
}

const struct irq_chip x86_ioapic_chip = {
	.name = "IOAPIC",
	.unmask = ioapic_unmask,
	.mask = ioapic_mask,
	.ack = ioapic_ack,
	.from_isa = ioapic_from_isa,
	.line_of = ioapic_line_of,
};
