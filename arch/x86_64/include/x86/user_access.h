/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many accesses to a program's memory for one STAC: between x86_user_open() and x86_user_close(),
 * with addresses that were checked against USER_TOP before. Each may fault and sleep; what cannot
 * be resolved goes to the label `fault`, which has to close.
 */
#pragma once
#include <arch/usercopy.h>

static always_inline void x86_user_open(void) { __asm__ volatile(X86_STAC ::: "memory"); }

/* field is an lvalue of 64 bits in user memory. */
#define X86_USER_STORE(field, value, fault) \
	__asm__ volatile goto("1:	movq %[in], %[at]\n" X86_FIXUP("1b", "%l[" #fault "]") \
			      :: [in] "er"((uint64_t)(value)), [at] "m"(field) : "memory" : fault)
/* The empty asm: see X86_GET_USER. */
#define X86_USER_LOAD(value, field, fault) do { \
	__asm__ volatile goto("1:	movq %[at], %[out]\n" X86_FIXUP("1b", "%l[" #fault "]") \
			      : [out] "=r"(value) : [at] "m"(field) : "memory" : fault); \
	__asm__ volatile(""); \
	} while (0)
/* An instruction on the vector state at an address; it may also fault on what it finds there. */
#define X86_USER_STATE(insn, area, fault) \
	__asm__ volatile goto("1:	" insn " (%[at])\n" X86_FIXUP("1b", "%l[" #fault "]") \
			      :: [at] "r"(area), "a"(-1u), "d"(-1u) : "memory" : fault)
