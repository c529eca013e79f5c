/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vector and x87 state of programs (SDM volume 1, chapter 13). The kernel does not use these
 * registers: they hold current's state, or that of the program that ran here last while kernel
 * tasks run.
 */
#pragma once
#include <arch/context.h>

/* What state there is and how large it is; on the boot CPU, once. */
void x86_fpu_start(void);
/* XCR0 and the like, on every CPU. */
void x86_fpu_setup(void);
/* ENOMEM. The area holds the state that a program starts with. */
result(unit) x86_fpu_alloc(struct arch_task *t);
void x86_fpu_free(struct arch_task *t);
/* Interrupts off, for the switch from prev to next on this CPU. */
void x86_fpu_switch(struct arch_task *prev, struct arch_task *next);
/* Copies current's registers into the child's area. */
void x86_fpu_copy(struct arch_task *child);
/* Gives current the state that a program starts with. */
void x86_fpu_reset(void);

/* Sets x86_signal_frame_max (arch/elf.h). */
void x86_signal_frame_measure(void);
/* Signal frames: bytes of the state, and its transfer from and to 64-byte aligned user memory.
 * EFAULT. Both may
 * fault and sleep. */
size_t x86_fpu_frame_bytes(void);
result(unit) x86_fpu_save_user(uintptr_t to);
result(unit) x86_fpu_load_user(uintptr_t from);
