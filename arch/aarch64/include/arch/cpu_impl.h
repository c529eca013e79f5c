/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/cpu.h: the interrupt mask in DAIF, waiting and the counter (Arm ARM, C5.2, D11). Only IRQ is
 * ever masked and unmasked here: FIQ stays masked (no interrupt of ours comes that way), SError stays open, so that an
 * error of the memory system is reported where it happened.
 */
#pragma once

#define ARCH_MACHINE_NAME "aarch64"
#define ARM64_PSTATE_I 0x80ul

static inline void arch_cpu_relax(void) { __asm__ volatile("yield" ::: "memory"); }

static inline void arch_irq_enable(void) { __asm__ volatile("msr daifclr, #2" ::: "memory"); }
static inline void arch_irq_disable(void) { __asm__ volatile("msr daifset, #2" ::: "memory"); }

/* A pending interrupt ends WFI even while it is masked, so none can be missed. */
static inline void arch_cpu_idle(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
	arch_irq_enable();
}

static inline unsigned long arm64_daif(void)
{
	unsigned long daif;

	__asm__ volatile("mrs %0, daif" : "=r"(daif) :: "memory");
	return daif;
}

static inline bool arch_irqs_enabled(void) { return !(arm64_daif() & ARM64_PSTATE_I); }

static inline irq_state arch_irq_save(void)
{
	irq_state s = { arm64_daif() };

	arch_irq_disable();
	return s;
}

static inline void arch_irq_restore(irq_state s) { __asm__ volatile("msr daif, %0" :: "r"(s.raw) : "memory"); }

static inline uint64_t arch_cycles(void)
{
	uint64_t count;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
	return count;
}
