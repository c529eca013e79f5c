/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC (SDM volume 3, chapter 11): end of interrupt and the CPU's timer. Its registers
 * are in memory, or model specific ones where firmware has switched it to x2APIC mode; we leave the
 * mode as it is.
 */
#include <arch/cpu.h>
#include <x86/acpi.h>
#include <x86/cpu.h>
#include <x86/irq.h>
#include <x86/kernel_map.h>
#include <x86/registers.h>
#include <x86/vectors.h>

enum {
	APIC_TASK_PRIORITY = 0x80,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};
#define BASE_ENABLED (1 << 11)
#define BASE_X2APIC (1 << 10)
#define SOFTWARE_ENABLED 0x100
#define LVT_MASKED (1 << 16)
#define LVT_NMI (4 << 8)
#define LVT_EXTERNAL (7 << 8)
#define TIMER_ONE_SHOT (0 << 17)
#define TIMER_TSC_DEADLINE (2 << 17)
#define DIVIDE_BY_1 0xb

read_only_after_start bool x86_apic_in_use;
static read_only_after_start bool is_x2apic;
static read_only_after_start volatile char *registers;

static uint32_t apic_read(unsigned reg)
{
	if (is_x2apic)
		return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
	return *(volatile uint32_t *)(registers + reg);
}

static void apic_write(unsigned reg, uint32_t v)
{
	if (is_x2apic)
		wrmsr(MSR_X2APIC + reg / 16, v);
	else
		*(volatile uint32_t *)(registers + reg) = v;
}

bool x86_apic_start(void)
{
	uint64_t base;

	if (!x86_features.apic)
		return false;
	base = rdmsr(MSR_APIC_BASE);
	if (!(base & BASE_ENABLED))
		wrmsr(MSR_APIC_BASE, base |= BASE_ENABLED);
	is_x2apic = base & BASE_X2APIC;
	if (!is_x2apic && !registers)
		registers = x86_window_map(paddr(base & X86_PTE_FRAME), PAGE_SIZE,
					   PTE_READ | PTE_WRITE | PTE_UNCACHED);
	if (!is_x2apic && !registers)
		return false;

	x86_apic_in_use = true;
	apic_write(APIC_TASK_PRIORITY, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_LVT_ERROR, LVT_MASKED | VECTOR_SPURIOUS);
	/* The 8259s' line, for machines without an IOAPIC; they mask what is not wanted. */
	apic_write(APIC_LVT_LINT0, LVT_EXTERNAL);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_SPURIOUS, SOFTWARE_ENABLED | VECTOR_SPURIOUS);
	return true;
}

void x86_apic_eoi(void) { apic_write(APIC_EOI, 0); }

void x86_apic_timer_setup(bool deadline_mode)
{
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER,
		   (deadline_mode ? TIMER_TSC_DEADLINE : TIMER_ONE_SHOT) | VECTOR_TIMER);
	/* The mode is to hold before the first deadline is written (SDM 11.5.4.1). */
	io_barrier();
}

void x86_apic_timer_set(uint32_t ticks) { apic_write(APIC_TIMER_INITIAL, ticks); }
uint32_t x86_apic_timer_left(void) { return apic_read(APIC_TIMER_CURRENT); }
