/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: switching between tasks and starting new ones. struct arch_task (arch/context_impl.h) is the part of a task
 * that only the architecture knows: kernel stack pointer, TLS base, FPU state area, debug registers.
 */
#pragma once
#include <arch/trap.h>

#ifdef MURRE_DEBUG
#define KERNEL_STACK_SIZE (8 * PAGE_SIZE)	/* the checks take their part of every frame */
#else
#define KERNEL_STACK_SIZE (4 * PAGE_SIZE)
#endif

struct arch_task;
struct task;
struct can_sleep;

/* Saves prev's state and runs next until it comes back; returns the task that was left last. Interrupts off. */
struct task *arch_switch(struct task *prev, struct task *next);

/* Kernel task that starts in fn(arg) with interrupts on, after task_switch_finish(). */
void arch_task_init_kernel(struct task *t, void (*fn)(void *), void *arg);
/* Child of fork or clone: returns 0 to the program from `frame`'s call, on stack `sp` if non-zero, with `tls` if set.
 * ENOMEM for the FPU area. */
result(unit) arch_task_init_fork(struct task *child, const struct trap_frame *frame, uintptr_t sp, bool set_tls, uintptr_t tls);
/* A kernel task is about to become a program (the first process): gives it what only programs have. ENOMEM. */
result(unit) arch_task_init_user(struct task *t);
/* Frees what init made; the task runs nowhere. */
void arch_task_fini(struct task *t);

/* exec: resets registers, TLS and FPU of current so that the return to user mode starts at entry with sp. */
void arch_exec_start(struct trap_frame *f, uintptr_t entry, uintptr_t sp);
/* Leaves for user mode with the registers in arch_user_frame(current()); for a kernel task that has become a program. */
_Noreturn void arch_enter_user(void);
/* The frame of current's entry from user mode. */
static inline struct trap_frame *arch_user_frame(struct task *t);
/* Stack pointer of a task that does not run, for debug kernels: all that it keeps on its stack lies above. */
static inline uintptr_t arch_saved_sp(const struct task *t);
/* TLS base of a task, for clone and ptrace. */
uintptr_t arch_tls(struct task *t);

/* Code that every program finds in its space, at any place: a handler without SA_RESTORER returns by its first instruction.
 * ARCH_USER_CODE_BYTES of it; 0: programs of this architecture bring all they need. */
extern const char arch_user_code[];

/* Signal delivery: builds the frame on the program's stack and sets f to run the handler. EFAULT when the stack does not
 * take it (the caller then raises SIGSEGV). mask is the set to restore. */
struct k_sigaction;
struct siginfo;
typedef struct { uint64_t bits; } sigset_k;
struct signal_delivery {
	int signo;
	const void *siginfo;		/* 128 bytes, siginfo_t of the ABI */
	uintptr_t handler;
	uintptr_t restorer;
	unsigned long flags;		/* SA_* */
	sigset_k mask;
	uintptr_t altstack_base;	/* alternate stack to switch to, size 0: none */
	size_t altstack_size;
	uintptr_t old_altstack_base;	/* what uc_stack says */
	size_t old_altstack_size;
	int old_altstack_flags;
};
result(unit) arch_signal_push(struct trap_frame *f, const struct signal_delivery *d, struct can_sleep cs);
/* rt_sigreturn(2): restores f, returns the mask and altstack of the frame. A frame that would raise privilege is
 * corrected or refused (EFAULT). */
struct signal_return {
	sigset_k mask;
	uintptr_t altstack_base;
	size_t altstack_size;
	int altstack_flags;
};
result(unit) arch_signal_return(struct trap_frame *f, struct signal_return *out, struct can_sleep cs);

/* Calls that exist on this architecture only (arch_prctl, modify_ldt …) live in arch/<A>/sys. */

#include <arch/context_impl.h>
