/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/context.h: the part of a task that only the architecture knows. It is the first member of
 * struct task, and its fields are the task's own: nobody else looks at them while it runs.
 */
#pragma once

#define ARCH_USER_CODE_BYTES 8

struct arm64_fp_state;
struct arch_task {
	uintptr_t sp;			/* kernel stack pointer while the task does not run */
	uintptr_t stack_top;
	uintptr_t tls;			/* TPIDR_EL0, while it does not run */
	struct arm64_fp_state *fp;	/* NULL: a kernel task, which has none */
	uint32_t fp_cpu;		/* whose registers hold it, if its fp_owner agrees */
	/* The last exception, as signal frames show it. */
	uint32_t trap_esr;
	uintptr_t trap_address;
};

/* struct arch_task is the first member of struct task. */
static inline struct arch_task *arm64_task(struct task *t) { return (struct arch_task *)t; }

static inline uintptr_t arch_saved_sp(const struct task *t) { return ((const struct arch_task *)t)->sp; }

static inline struct trap_frame *arch_user_frame(struct task *t)
{
	return (struct trap_frame *)arm64_task(t)->stack_top - 1;
}
