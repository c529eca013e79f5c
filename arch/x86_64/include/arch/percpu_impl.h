/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/percpu.h. GS points at this CPU's struct cpu_local whenever the kernel
 * runs, so each access is one instruction and needs no register.
 */
#pragma once
#include <x86/offsets.h>

_Static_assert(offsetof(struct cpu_local, current) == CPU_LOCAL_CURRENT, "entry code");
_Static_assert(offsetof(struct cpu_local, entry_scratch[0]) == CPU_LOCAL_STACK_TOP, "entry code");
_Static_assert(offsetof(struct cpu_local, entry_scratch[1]) == CPU_LOCAL_USER_SP, "entry code");
_Static_assert(offsetof(struct cpu_local, preempt) == CPU_LOCAL_PREEMPT, "entry code");

#define X86_LOCAL(member) "%%gs:%c[" #member "]"
#define X86_LOCAL_AT(member) [member] "i"(offsetof(struct cpu_local, member))

static inline struct cpu_local *arch_cpu_local(void)
{
	struct cpu_local *local;

	__asm__ volatile("movq " X86_LOCAL(self) ", %0" : "=r"(local) : X86_LOCAL_AT(self));
	return local;
}

static inline uintptr_t arch_percpu_offset(void)
{
	uintptr_t offset;

	__asm__ volatile("movq " X86_LOCAL(percpu_offset) ", %0"
			 : "=r"(offset) : X86_LOCAL_AT(percpu_offset));
	return offset;
}

/* Not volatile: whatever CPU it runs on, a task always is itself, so the compiler may keep the
 * answer. */
static inline struct task *arch_current(void)
{
	struct task *t;

	__asm__("movq " X86_LOCAL(current) ", %0" : "=r"(t) : X86_LOCAL_AT(current));
	return t;
}

static inline void arch_set_current(struct task *t)
{
	__asm__ volatile("movq %0, " X86_LOCAL(current)
			 :: "r"(t), X86_LOCAL_AT(current) : "memory");
}

static inline uint32_t arch_preempt_word(void)
{
	uint32_t word;

	__asm__ volatile("movl " X86_LOCAL(preempt) ", %0"
			 : "=r"(word) : X86_LOCAL_AT(preempt) : "memory");
	return word;
}

static inline void arch_preempt_inc(void)
{
	__asm__ volatile("incl " X86_LOCAL(preempt) :: X86_LOCAL_AT(preempt) : "cc", "memory");
}

static inline bool arch_preempt_dec_test(void)
{
	bool zero;

	__asm__ volatile("decl " X86_LOCAL(preempt)
			 : "=@ccz"(zero) : X86_LOCAL_AT(preempt) : "memory");
	return zero;
}

static inline void arch_switch_want(void)
{
	__asm__ volatile("andl %0, " X86_LOCAL(preempt)
			 :: "i"(~PREEMPT_NO_SWITCH_WANTED), X86_LOCAL_AT(preempt) : "cc", "memory");
}

static inline void arch_switch_unwant(void)
{
	__asm__ volatile("orl %0, " X86_LOCAL(preempt)
			 :: "i"(PREEMPT_NO_SWITCH_WANTED), X86_LOCAL_AT(preempt) : "cc", "memory");
}
