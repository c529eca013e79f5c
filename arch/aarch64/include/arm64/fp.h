/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vector and floating-point registers of programs (Arm ARM, B1.2.2). The kernel does not use them: they hold current's
 * state, or that of the program that ran here last while kernel tasks run.
 */
#pragma once
#include <arch/context.h>

struct arm64_fp_state {
	_Alignas(16) uint64_t v[32][2];
	uint32_t fpsr, fpcr;
};

/* ENOMEM. The area holds the state that a program starts with. */
result(unit) arm64_fp_alloc(struct arch_task *t);
void arm64_fp_free(struct arch_task *t);
/* Interrupts off, for the switch from prev to next on this CPU. */
void arm64_fp_switch(struct arch_task *prev, struct arch_task *next);
/* Gives current the state that a program starts with. */
void arm64_fp_reset(void);

/* The registers, to and from memory. */
void arm64_fp_save(struct arm64_fp_state *to);
void arm64_fp_load(const struct arm64_fp_state *from);
