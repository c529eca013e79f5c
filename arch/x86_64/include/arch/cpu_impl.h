/* SPDX-License-Identifier: GPL-2.0-only */
/* x86_64's half of arch/cpu.h: the interrupt flag, waiting and the cycle counter (SDM volume 2). */
#pragma once

#define ARCH_MACHINE_NAME "x86_64"
#define X86_FLAGS_IF 0x200ul

static inline void arch_cpu_relax(void) { __asm__ volatile("pause" ::: "memory"); }

/* STI holds interrupts off for one more instruction, so none can slip in before HLT. */
static inline void arch_cpu_idle(void) { __asm__ volatile("sti; hlt" ::: "memory"); }

static inline void arch_irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void arch_irq_disable(void) { __asm__ volatile("cli" ::: "memory"); }

static inline unsigned long x86_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) :: "memory");
	return flags;
}

static inline bool arch_irqs_enabled(void) { return x86_flags() & X86_FLAGS_IF; }

static inline irq_state arch_irq_save(void)
{
	irq_state s = { x86_flags() };

	arch_irq_disable();
	return s;
}

/* A test and STI: POPF would serialise. */
static inline void arch_irq_restore(irq_state s)
{
	if (s.raw & X86_FLAGS_IF)
		arch_irq_enable();
}

static inline uint64_t arch_cycles(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}
