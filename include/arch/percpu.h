/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: per-CPU data. Each CPU has a struct cpu_local, reached through a register, and a copy of everything declared
 * with PER_CPU. Both are only stable while the caller cannot move to another CPU (preemption or interrupts off).
 */
#pragma once
#include <murre/base/types.h>

struct task;

/*
 * preempt counts reasons not to switch tasks, in its lower 32 bits. A bit is set while no switch is wanted, so that "count
 * dropped to zero and a switch is wanted" is one test against zero. Where it is depends on how the architecture counts;
 * arch_preempt_word() shows it as PREEMPT_NO_SWITCH_WANTED. Hot fields first: the entry code knows their offsets.
 */
#define PREEMPT_NO_SWITCH_WANTED 0x80000000u
struct cpu_local {
	struct cpu_local *self;
	struct task *current;
	uintptr_t percpu_offset;	/* added to the address of a PER_CPU variable */
	uintptr_t entry_scratch[2];	/* the entry code's only */
	uint64_t preempt;
	uint32_t id;			/* dense number 0..cpus-1, not a hardware id */
	uint32_t irq_depth;		/* nesting of interrupt handlers */
	uint32_t hw_id;			/* APIC id, MPIDR affinity */
};

#define PER_CPU(type, name) __attribute__((section(".data.percpu"))) type name
#define DECLARE_PER_CPU(type, name) extern type name
/* This CPU's copy of a PER_CPU variable, as an lvalue. */
#define this_cpu(name) (*percpu_copy(name, arch_percpu_offset()))
/* Another CPU's copy. */
#define cpu_copy(cpu, name) (*percpu_copy(name, (cpu)->percpu_offset))
#define percpu_copy(name, offset) ({ typeof(&(name)) copy_ = (typeof(&(name)))((uintptr_t)&(name) + (offset)); copy_; })

#define CPUS_MAX 256
extern struct cpu_local *cpu_locals[CPUS_MAX];
extern unsigned cpus_online;

static inline struct cpu_local *arch_cpu_local(void);
static inline uintptr_t arch_percpu_offset(void);
static inline struct task *arch_current(void);
static inline void arch_set_current(struct task *t);
static inline uint32_t arch_preempt_word(void);
static inline void arch_preempt_inc(void);
/* True when the count is zero now and a switch is wanted. */
static inline bool arch_preempt_dec_test(void);
/* Sets and clears "a switch is wanted" on this CPU. */
static inline void arch_switch_want(void);
static inline void arch_switch_unwant(void);

#include <arch/percpu_impl.h>
