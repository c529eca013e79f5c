/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/context.h: the part of a task that only the architecture knows. It is the
 * first member of struct task, and its fields are the task's own: nobody else looks at them while
 * it runs.
 */
#pragma once

#define ARCH_USER_CODE_BYTES 0

struct arch_task {
	uintptr_t sp;			/* kernel stack pointer while the task does not run */
	uintptr_t stack_top;
	uintptr_t fs_base;		/* while it does not run */
	uintptr_t gs_base;		/* the program's; while it does not run */
	void *fpu;			/* XSAVE area; NULL: a kernel task, which has none */
	uint32_t fpu_cpu;		/* whose registers hold it, if its fpu_owner agrees */
	/* The last exception, as signal frames show it. */
	uint32_t trap_nr, trap_error;
	uintptr_t trap_address;
};

/* struct arch_task is the first member of struct task. */
static inline struct arch_task *x86_task(struct task *t) { return (struct arch_task *)t; }

static inline uintptr_t arch_saved_sp(const struct task *t) { return ((const struct arch_task *)t)->sp; }

static inline struct trap_frame *arch_user_frame(struct task *t)
{
	return (struct trap_frame *)x86_task(t)->stack_top - 1;
}
