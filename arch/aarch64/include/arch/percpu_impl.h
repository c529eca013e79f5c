/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/percpu.h. X18 points at this CPU's struct cpu_local whenever the kernel runs: the compiler
 * leaves the register alone (-ffixed-x18), the entry code loads it from TPIDR_EL1, and no switch of tasks changes it. So
 * each access is one instruction, and a task that is moved to another CPU between two of them goes on with that CPU's.
 *
 * Counting is a load, an add and a store here. An interrupt in between leaves the count as it found it, but may want a
 * switch: hence the wish has a word of its own, the upper half of `preempt`, and both halves are tested at once. A move
 * to another CPU in between needs a count of zero, which is what the other CPU has then.
 */
#pragma once
#include <arm64/offsets.h>

_Static_assert(offsetof(struct cpu_local, current) == CPU_LOCAL_CURRENT, "entry code");
_Static_assert(offsetof(struct cpu_local, percpu_offset) == CPU_LOCAL_PERCPU, "entry code");
_Static_assert(offsetof(struct cpu_local, entry_scratch) == CPU_LOCAL_SCRATCH, "entry code");
_Static_assert(offsetof(struct cpu_local, preempt) == CPU_LOCAL_PREEMPT, "entry code");

#define ARM64_LOCAL(member) "[x18, %[" #member "]]"
#define ARM64_LOCAL_AT(member) [member] "i"(offsetof(struct cpu_local, member))
#define ARM64_UNWANTED_AT [unwanted] "i"(offsetof(struct cpu_local, preempt) + 4)

static inline struct cpu_local *arch_cpu_local(void)
{
	struct cpu_local *local;

	__asm__ volatile("mov %0, x18" : "=r"(local));
	return local;
}

static inline uintptr_t arch_percpu_offset(void)
{
	uintptr_t offset;

	__asm__ volatile("ldr %0, " ARM64_LOCAL(percpu_offset) : "=r"(offset) : ARM64_LOCAL_AT(percpu_offset));
	return offset;
}

/* Not volatile: whatever CPU it runs on, a task always is itself, so the compiler may keep the answer. */
static inline struct task *arch_current(void)
{
	struct task *t;

	__asm__("ldr %0, " ARM64_LOCAL(current) : "=r"(t) : ARM64_LOCAL_AT(current));
	return t;
}

static inline void arch_set_current(struct task *t)
{
	__asm__ volatile("str %0, " ARM64_LOCAL(current) :: "r"(t), ARM64_LOCAL_AT(current) : "memory");
}

static inline uint64_t arm64_preempt_both(void)
{
	uint64_t both;

	__asm__ volatile("ldr %0, " ARM64_LOCAL(preempt) : "=r"(both) : ARM64_LOCAL_AT(preempt) : "memory");
	return both;
}

static inline uint32_t arch_preempt_word(void)
{
	uint64_t both = arm64_preempt_both();

	return (uint32_t)(both | both >> 32);
}

static inline void arch_preempt_inc(void)
{
	uint32_t count;

	__asm__ volatile("ldr %w0, " ARM64_LOCAL(preempt) "\n"
			 "	add %w0, %w0, #1\n"
			 "	str %w0, " ARM64_LOCAL(preempt)
			 : "=&r"(count) : ARM64_LOCAL_AT(preempt) : "memory");
}

static inline bool arch_preempt_dec_test(void)
{
	uint64_t both;

	__asm__ volatile("ldr %w0, " ARM64_LOCAL(preempt) "\n"
			 "	sub %w0, %w0, #1\n"
			 "	str %w0, " ARM64_LOCAL(preempt) "\n"
			 "	ldr %0, " ARM64_LOCAL(preempt)
			 : "=&r"(both) : ARM64_LOCAL_AT(preempt) : "memory");
	return both == 0;
}

static inline void arch_switch_want(void)
{
	__asm__ volatile("str wzr, " ARM64_LOCAL(unwanted) :: ARM64_UNWANTED_AT : "memory");
}

static inline void arch_switch_unwant(void)
{
	__asm__ volatile("str %w0, " ARM64_LOCAL(unwanted) :: "r"(PREEMPT_NO_SWITCH_WANTED), ARM64_UNWANTED_AT : "memory");
}
