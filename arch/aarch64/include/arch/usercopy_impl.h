/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/usercopy.h. LDTR and STTR access memory with the rights of the program, whatever the kernel
 * itself may do: what a program cannot read or write, nothing here can, and PAN stays on. An access that may fault names
 * the address to go on at in .rodata.fixups; the trap code looks there when nobody could resolve the fault.
 */
#pragma once

#define ARM64_FIXUP(from, to) \
	".pushsection .rodata.fixups, \"a\"\n" \
	"	.balign 4\n	.long " from " - .\n	.long " to " - .\n" \
	".popsection\n"

/*
 * Loads and stores of one size. GCC before 12.4 takes an asm goto with outputs for one without side effects, and loses
 * it or its outputs at the label (PR 113921): hence volatile, and the empty asm behind it.
 */
#define ARM64_GET_USER(insn, width, value, from, fault) do { \
	__asm__ volatile goto("1:	" insn " %" width "[out], [%[at]]\n" ARM64_FIXUP("1b", "%l[" #fault "]") \
			      : [out] "=r"(value) : [at] "r"(from) : "memory" : fault); \
	__asm__ volatile(""); \
	} while (0)
#define ARM64_PUT_USER(insn, width, value, to, fault) \
	__asm__ volatile goto("1:	" insn " %" width "[in], [%[at]]\n" ARM64_FIXUP("1b", "%l[" #fault "]") \
			      :: [in] "rZ"(value), [at] "r"(to) : "memory" : fault)

static always_inline int arch_get_user(uint64_t *value, uintptr_t from, size_t size)
{
	uint64_t v;

	switch (size) {
	case 1: ARM64_GET_USER("ldtrb", "w", v, from, fault); break;
	case 2: ARM64_GET_USER("ldtrh", "w", v, from, fault); break;
	case 4: ARM64_GET_USER("ldtr", "w", v, from, fault); break;
	default: ARM64_GET_USER("ldtr", "x", v, from, fault); break;
	}
	*value = v;
	return 0;
fault:
	return 1;
}

static always_inline int arch_put_user(uint64_t value, uintptr_t to, size_t size)
{
	switch (size) {
	case 1: ARM64_PUT_USER("sttrb", "w", value, to, fault); break;
	case 2: ARM64_PUT_USER("sttrh", "w", value, to, fault); break;
	case 4: ARM64_PUT_USER("sttr", "w", value, to, fault); break;
	default: ARM64_PUT_USER("sttr", "x", value, to, fault); break;
	}
	return 0;
fault:
	return 1;
}
