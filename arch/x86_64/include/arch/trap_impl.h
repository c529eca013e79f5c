/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/trap.h. The frame has the order of Linux's user_regs_struct, which
 * ptrace(2) and core dumps show; the entry code fills it from the top: the CPU or the call entry
 * pushes ss..ip, then come orig_ax and the rest.
 */
#pragma once

struct trap_frame {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	/* Number of the call; -1 for interrupts and after exec and sigreturn; an exception's
	 * error code is moved away. */
	unsigned long orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
static_assert_size(struct trap_frame, 168);

/* SYSCALL is two bytes long. */
#define X86_SYSCALL_BYTES 2

static inline unsigned long frame_syscall_nr(const struct trap_frame *f) { return f->orig_ax; }

static inline unsigned long frame_arg(const struct trap_frame *f, unsigned i)
{
	switch (i) {
	case 0: return f->di;
	case 1: return f->si;
	case 2: return f->dx;
	case 3: return f->r10;
	case 4: return f->r8;
	default: return f->r9;
	}
}

static inline void frame_set_return(struct trap_frame *f, long value)
{
	f->ax = (unsigned long)value;
}

static inline long frame_return(const struct trap_frame *f) { return (long)f->ax; }

static inline void frame_restart_syscall(struct trap_frame *f)
{
	f->ax = f->orig_ax;
	f->ip -= X86_SYSCALL_BYTES;
}

static inline void frame_restart_through(struct trap_frame *f, long nr)
{
	f->ax = (unsigned long)nr;
	f->ip -= X86_SYSCALL_BYTES;
}

static inline long frame_entered_by(const struct trap_frame *f) { return (long)f->orig_ax; }
static inline void frame_forget_syscall(struct trap_frame *f) { f->orig_ax = -1ul; }
static inline uintptr_t frame_ip(const struct trap_frame *f) { return f->ip; }
static inline uintptr_t frame_sp(const struct trap_frame *f) { return f->sp; }
static inline bool frame_from_user(const struct trap_frame *f) { return f->cs & 3; }
static inline bool frame_irqs_were_on(const struct trap_frame *f) { return f->flags & 0x200; }
