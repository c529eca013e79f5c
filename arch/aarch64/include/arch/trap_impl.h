/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/trap.h. The frame begins like Linux's struct user_pt_regs, which ptrace(2) and core dumps show;
 * the entry code fills it. The record at its end links the kernel's chain of frame pointers to whatever was interrupted.
 */
#pragma once

struct trap_frame {
	unsigned long x[31];
	unsigned long sp, pc, pstate;
	unsigned long orig_x0;		/* first argument of the call: x[0] becomes its result */
	/* Number of the call; -1 for interrupts and exceptions, and after exec and sigreturn. */
	long nr;
	unsigned long record[2];
};
static_assert_size(struct trap_frame, 304);

#define ARM64_INSTRUCTION_BYTES 4
#define ARM64_NR_REGISTER 8

static inline unsigned long frame_syscall_nr(const struct trap_frame *f) { return (unsigned long)f->nr; }
static inline unsigned long frame_arg(const struct trap_frame *f, unsigned i) { return i == 0 ? f->orig_x0 : f->x[i]; }
static inline void frame_set_return(struct trap_frame *f, long value) { f->x[0] = (unsigned long)value; }
static inline long frame_return(const struct trap_frame *f) { return (long)f->x[0]; }

static inline void frame_restart_syscall(struct trap_frame *f)
{
	f->x[0] = f->orig_x0;
	f->pc -= ARM64_INSTRUCTION_BYTES;
}

static inline void frame_restart_through(struct trap_frame *f, long nr)
{
	frame_restart_syscall(f);
	f->x[ARM64_NR_REGISTER] = (unsigned long)nr;
}

static inline long frame_entered_by(const struct trap_frame *f) { return f->nr; }
static inline void frame_forget_syscall(struct trap_frame *f) { f->nr = -1; }
static inline uintptr_t frame_ip(const struct trap_frame *f) { return f->pc; }
static inline uintptr_t frame_sp(const struct trap_frame *f) { return f->sp; }
/* The exception level in PSTATE.M: 0 is a program. */
static inline bool frame_from_user(const struct trap_frame *f) { return (f->pstate & 0xc) == 0; }
static inline bool frame_irqs_were_on(const struct trap_frame *f) { return !(f->pstate & 0x80); }
