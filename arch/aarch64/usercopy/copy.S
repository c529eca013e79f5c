/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the kernel and a program's memory (arch/usercopy.h), by the instructions that have a program's rights.
 * Each returns the bytes that were left over; after a fault in a longer piece that piece is tried again byte by byte, so
 * that the count is exact. X0 to, X1 from, X2 bytes; both move on as bytes are done.
 */
#include <arm64/registers.h>

	.macro	fixup from, to
	.pushsection .rodata.fixups, "a"
	.balign	4
	.long	\from - ., \to - .
	.popsection
	.endm

/* 32 bytes at a time, then words, then bytes. */
	.text
	.globl arch_copy_from_user
	.balign 16
arch_copy_from_user:
	subs	x2, x2, #32
	b.lo	2f
1:	ldtr	x4, [x1]
11:	ldtr	x5, [x1, #8]
12:	ldtr	x6, [x1, #16]
13:	ldtr	x7, [x1, #24]
	fixup	1b, 8f
	fixup	11b, 8f
	fixup	12b, 8f
	fixup	13b, 8f
	stp	x4, x5, [x0]
	stp	x6, x7, [x0, #16]
	add	x1, x1, #32
	add	x0, x0, #32
	subs	x2, x2, #32
	b.hs	1b
2:	adds	x2, x2, #(32 - 8)
	b.mi	4f
3:	ldtr	x4, [x1]
	fixup	3b, 9f
	str	x4, [x0], #8
	add	x1, x1, #8
	subs	x2, x2, #8
	b.pl	3b
4:	adds	x2, x2, #8
	b.eq	6f
5:	ldtrb	w4, [x1]
	fixup	5b, 6f
	strb	w4, [x0], #1
	add	x1, x1, #1
	subs	x2, x2, #1
	b.ne	5b
6:	mov	x0, x2
	ret
8:	add	x2, x2, #32
	b	5b
9:	add	x2, x2, #8
	b	5b

	.globl arch_copy_to_user
	.balign 16
arch_copy_to_user:
	subs	x2, x2, #32
	b.lo	2f
	/* One page is touched after the other, so what a fault leaves undone begins at X0. */
1:	ldp	x4, x5, [x1]
	ldp	x6, x7, [x1, #16]
10:	sttr	x4, [x0]
11:	sttr	x5, [x0, #8]
12:	sttr	x6, [x0, #16]
13:	sttr	x7, [x0, #24]
	fixup	10b, 8f
	fixup	11b, 8f
	fixup	12b, 8f
	fixup	13b, 8f
	add	x1, x1, #32
	add	x0, x0, #32
	subs	x2, x2, #32
	b.hs	1b
2:	adds	x2, x2, #(32 - 8)
	b.mi	4f
3:	ldr	x4, [x1]
30:	sttr	x4, [x0]
	fixup	30b, 9f
	add	x1, x1, #8
	add	x0, x0, #8
	subs	x2, x2, #8
	b.pl	3b
4:	adds	x2, x2, #8
	b.eq	6f
5:	ldrb	w4, [x1]
50:	sttrb	w4, [x0]
	fixup	50b, 6f
	add	x1, x1, #1
	add	x0, x0, #1
	subs	x2, x2, #1
	b.ne	5b
6:	mov	x0, x2
	ret
8:	add	x2, x2, #32
	b	5b
9:	add	x2, x2, #8
	b	5b

/* size_t arch_clear_user(uintptr_t to, size_t n) */
	.globl arch_clear_user
	.balign 16
arch_clear_user:
	subs	x1, x1, #8
	b.lo	4f
3:	sttr	xzr, [x0]
	fixup	3b, 9f
	add	x0, x0, #8
	subs	x1, x1, #8
	b.hs	3b
4:	adds	x1, x1, #8
	b.eq	6f
5:	sttrb	wzr, [x0]
	fixup	5b, 6f
	add	x0, x0, #1
	subs	x1, x1, #1
	b.ne	5b
6:	mov	x0, x1
	ret
9:	add	x1, x1, #8
	b	5b

/*
 * long arch_copy_string_from_user(char *to, uintptr_t from, size_t n): eight bytes at a time while they hold no NUL and
 * cannot cross into the next page; X - 0x01... & ~X & 0x80... is zero exactly when no byte of X is zero.
 */
	.globl arch_copy_string_from_user
	.balign 16
arch_copy_string_from_user:
	mov	x3, x0
	add	x4, x0, x2		/* end of the room */
	mov	x5, #0x0101010101010101
string_words:
	add	x6, x0, #8
	cmp	x6, x4
	b.hi	string_bytes
	and	x6, x1, #4095
	cmp	x6, #4088
	b.hi	string_bytes
1:	ldtr	x7, [x1]
	fixup	1b, string_fault
	sub	x8, x7, x5
	bic	x8, x8, x7
	ands	x8, x8, #0x8080808080808080
	b.ne	string_last_word
	str	x7, [x0], #8
	add	x1, x1, #8
	b	string_words
/* Up to eight bytes, then words again. */
string_bytes:
	cmp	x0, x4
	b.hs	string_done
1:	ldtrb	w7, [x1]
	fixup	1b, string_fault
	strb	w7, [x0]
	cbz	w7, string_done
	add	x0, x0, #1
	add	x1, x1, #1
	tst	x1, #7
	b.ne	string_bytes
	b	string_words
string_last_word:
	str	x7, [x0]
	rbit	x8, x8
	clz	x8, x8
	add	x0, x0, x8, lsr #3
string_done:
	sub	x0, x0, x3
	ret
string_fault:
	mov	x0, #-1
	ret

/* int arch_user_load32_nosleep(uint32_t *value, uintptr_t from): the caller has preemption off. */
	.globl arch_user_load32_nosleep
arch_user_load32_nosleep:
1:	ldtr	w2, [x1]
	fixup	1b, word_fault
	str	w2, [x0]
	mov	w0, #0
	ret
word_fault:
	mov	w0, #1
	ret

/*
 * int arch_user_cmpxchg32(uintptr_t at, uint32_t expected, uint32_t desired, uint32_t *found): exclusive accesses have no
 * form with a program's rights, so PAN is lifted for them, where the CPU has it. A page that may not be written faults all
 * the same: its entry says so for everyone.
 */
	.macro	write_pan value
	.inst	0xd500409f | \value << 8
	.endm
	.globl arch_user_cmpxchg32
arch_user_cmpxchg32:
	adrp	x5, arm64_features
	ldrb	w5, [x5, :lo12:arm64_features]	/* .pan is first */
	cbz	w5, 1f
	write_pan 0
1:	ldxr	w4, [x0]
	fixup	1b, exclusive_fault
	cmp	w4, w1
	b.ne	3f
2:	stlxr	w6, w2, [x0]
	fixup	2b, exclusive_fault
	cbnz	w6, 1b
	dmb	ish
3:	clrex
	cbz	w5, 4f
	write_pan 1
4:	str	w4, [x3]
	mov	w0, #0
	ret
exclusive_fault:
	cbz	w5, 5f
	write_pan 1
5:	mov	w0, #1
	ret

	.section .note.GNU-stack, "", %progbits
