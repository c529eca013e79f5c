/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: the processor and its interrupt flag. Every architecture implements these in arch/cpu_impl.h of its own
 * include folder (arch/<A>/include/arch/), which this header includes last.
 */
#pragma once
#include <murre/base/types.h>

typedef struct { unsigned long raw; } irq_state;

/* Pause inside a busy wait. */
static inline void arch_cpu_relax(void);
/* Enables interrupts and sleeps until one comes, without a window between the two. Interrupts are off on entry. */
static inline void arch_cpu_idle(void);
/* Never returns; interrupts off. */
_Noreturn void arch_cpu_halt(void);

/* Turns interrupts off and says what they were; restore puts that back. */
static inline irq_state arch_irq_save(void) takes_lock(irqs_off) unproved;
static inline void arch_irq_restore(irq_state s) drops_lock(irqs_off) unproved;
static inline void arch_irq_enable(void);
static inline void arch_irq_disable(void);
static inline bool arch_irqs_enabled(void);

/* Cheap cycle counter, for entropy and profiling only; time comes from arch/clock.h. */
static inline uint64_t arch_cycles(void);
/* A hardware random number; false where there is none or it failed. */
bool arch_random(uint64_t *out);

/* What the kernel ends with: power off, reset, or hand `code` to the VMM that listens for it (isa-debug-exit and the
 * like); each returns only if the machine cannot do it. Interrupts off. */
void arch_power_off(void);
void arch_reset(void);
void arch_vmm_exit(unsigned code);

/* One line each for /proc/cpuinfo and AT_*: written by the architecture because the words are its own. */
struct text_out;
void arch_cpuinfo_print(struct text_out *out, unsigned cpu);
/* AT_HWCAP, AT_HWCAP2 and AT_PLATFORM of getauxval(3). */
unsigned long arch_hwcap(void);
unsigned long arch_hwcap2(void);
/* uname(2) machine name and the ELF e_machine that runs here. */
#define ARCH_MACHINE_NAME_MAX 16

#include <arch/cpu_impl.h>
