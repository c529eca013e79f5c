/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: the registers a program had when it entered the kernel, and what the entry code (arch/<A>/entry, tier 9)
 * calls upward. struct trap_frame lies at the top of the task's kernel stack.
 */
#pragma once
#include <murre/base/user.h>

struct trap_frame;			/* in arch/trap_impl.h */
struct task;

static inline unsigned long frame_syscall_nr(const struct trap_frame *f);
static inline unsigned long frame_arg(const struct trap_frame *f, unsigned i);	/* 0..5 */
static inline void frame_set_return(struct trap_frame *f, long value);
static inline long frame_return(const struct trap_frame *f);
/* Sets the program back onto its call instruction with the original number and arguments. */
static inline void frame_restart_syscall(struct trap_frame *f);
/* The same, but the program comes back with call number nr (restart_syscall). */
static inline void frame_restart_through(struct trap_frame *f, long nr);
/* Number of the call that the frame entered by, -1 when it was a fault or an interrupt. */
static inline long frame_entered_by(const struct trap_frame *f);
static inline void frame_forget_syscall(struct trap_frame *f);
static inline uintptr_t frame_ip(const struct trap_frame *f);
static inline uintptr_t frame_sp(const struct trap_frame *f);
static inline bool frame_from_user(const struct trap_frame *f);
static inline bool frame_irqs_were_on(const struct trap_frame *f);
void frame_print(const struct trap_frame *f);		/* to the log, for panic reports */
/* Return addresses of the calls that led here (f: to where the trap came from; NULL: to the caller), newest first, as far
 * as the stack can be trusted. Returns how many. */
unsigned arch_backtrace(const struct trap_frame *f, uintptr_t *addresses, unsigned most);

enum fault_access { FAULT_READ = 1, FAULT_WRITE = 2, FAULT_EXEC = 4, FAULT_USER = 8 };

/* Upward calls of the entry code. ---------------------------------------------------------------------------------- */

/* A call instruction. Interrupts on. The result lies in the frame on return. */
void syscall_dispatch(struct trap_frame *f);
/* A page fault at `addr`. Interrupts on if they were. False: nobody resolved it. A program has got its signal then; for the
 * kernel's own access the entry code tries its fixups, and panics without one. */
bool fault_handle(struct trap_frame *f, uintptr_t addr, unsigned access);
/* Any other exception of a program becomes this signal, with si_code and si_addr. */
void exception_signal(struct trap_frame *f, int signo, int code, uintptr_t addr);
/* A device interrupt; interrupts off. */
void irq_dispatch(unsigned line) never_sleeps;
/* The CPU's timer reached its deadline; interrupts off. */
void clock_event_handle(const struct trap_frame *f) never_sleeps;
/* Before an interrupt returns into the kernel, when the preempt word is 0 (a switch is wanted and allowed) and interrupts
 * were on there; interrupts off. */
void preempt_interrupt_return(void);
/* Last thing before going back to a program when current's work word or "switch wanted" is set; interrupts on. Loops
 * until nothing is left. */
void user_return_work(struct trap_frame *f);
/* First C code on the boot CPU, on a proper stack with the direct map up. */
struct boot_info;
_Noreturn void kernel_main(const struct boot_info *boot);

#include <arch/trap_impl.h>
