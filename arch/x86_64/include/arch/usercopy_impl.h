/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/usercopy.h. An access that may fault names the address to go on at in
 * .rodata.fixups; the trap code looks there when nobody could resolve the fault. STAC and CLAC open
 * user memory to the kernel (SMAP); where the CPU does not know them they are overwritten with
 * no-ops at start, by the list in .rodata.smap.
 */
#pragma once

#define X86_FIXUP(from, to) \
	".pushsection .rodata.fixups, \"a\"\n" \
	"	.balign 4\n	.long " from " - .\n	.long " to " - .\n" \
	".popsection\n"
#define X86_SMAP_SITE(insn) \
	"991:	" insn "\n" \
	".pushsection .rodata.smap, \"a\"\n	.balign 4\n	.long 991b - .\n.popsection\n"
#define X86_STAC X86_SMAP_SITE("stac")
#define X86_CLAC X86_SMAP_SITE("clac")

/*
 * Loads and stores of one size; the out-of-line half of a fault jumps to `fault`, where CLAC comes
 * first. GCC before 12.4 takes an asm goto with outputs for one without side effects, and loses it
 * or its outputs at the label (PR 113921): hence volatile, and the empty asm behind it.
 */
#define X86_GET_USER(insn, reg, value, from, fault) do { \
	__asm__ volatile goto(X86_STAC "1:	" insn " (%[at]), " reg "[out]\n" X86_CLAC \
			      X86_FIXUP("1b", "%l[" #fault "]") \
			      : [out] "=r"(value) : [at] "r"(from) : "memory" : fault); \
	__asm__ volatile(""); \
	} while (0)
#define X86_PUT_USER(insn, reg, value, to, fault) \
	__asm__ volatile goto(X86_STAC "1:	" insn " " reg "[in], (%[at])\n" X86_CLAC \
			      X86_FIXUP("1b", "%l[" #fault "]") \
			      :: [in] "r"(value), [at] "r"(to) : "memory" : fault)

static always_inline void x86_user_close(void) { __asm__ volatile(X86_CLAC ::: "memory"); }

static always_inline int arch_get_user(uint64_t *value, uintptr_t from, size_t size)
{
	uint64_t v;

	switch (size) {
	case 1: X86_GET_USER("movzbl", "%k", v, from, fault); break;
	case 2: X86_GET_USER("movzwl", "%k", v, from, fault); break;
	case 4: X86_GET_USER("movl", "%k", v, from, fault); break;
	default: X86_GET_USER("movq", "%q", v, from, fault); break;
	}
	*value = v;
	return 0;
fault:
	x86_user_close();
	return 1;
}

static always_inline int arch_put_user(uint64_t value, uintptr_t to, size_t size)
{
	switch (size) {
	case 1: X86_PUT_USER("movb", "%b", value, to, fault); break;
	case 2: X86_PUT_USER("movw", "%w", value, to, fault); break;
	case 4: X86_PUT_USER("movl", "%k", value, to, fault); break;
	default: X86_PUT_USER("movq", "%q", value, to, fault); break;
	}
	return 0;
fault:
	x86_user_close();
	return 1;
}
