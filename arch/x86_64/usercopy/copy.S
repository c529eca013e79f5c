/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the kernel and a program's memory (arch/usercopy.h). Each returns the bytes that
 * were left over. Large copies are string moves of words; after a fault in one the rest is tried
 * byte by byte, so that the count is exact. The SysV calling convention: RDI, RSI, RDX in, RAX out;
 * RDI is the destination in both directions, so one body serves both.
 */
#include <x86/registers.h>

	.macro	fixup from, to
	.pushsection .rodata.fixups, "a"
	.balign	4
	.long	\from - ., \to - .
	.popsection
	.endm

	.macro	smap insn
991:	\insn
	.pushsection .rodata.smap, "a"
	.balign	4
	.long	991b - .
	.popsection
	.endm

/* From here on string instructions pay. */
#define STRING_BYTES 128

	.text
	.globl arch_copy_from_user, arch_copy_to_user
	.balign 16
arch_copy_from_user:
arch_copy_to_user:
	smap	stac
	movq	%rdx, %rcx
	cmpq	$STRING_BYTES, %rdx
	jae	copy_string
	shrq	$3, %rcx
	jz	copy_tail
1:	movq	(%rsi), %rax
2:	movq	%rax, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	decq	%rcx
	jnz	1b
	fixup	1b, copy_words_fault
	fixup	2b, copy_words_fault
copy_tail:
	movl	%edx, %ecx
	andl	$7, %ecx
	jz	4f
1:	movb	(%rsi), %al
2:	movb	%al, (%rdi)
	incq	%rsi
	incq	%rdi
	decl	%ecx
	jnz	1b
	fixup	1b, copy_done
	fixup	2b, copy_done
4:	xorl	%eax, %eax
	smap	clac
	ret

copy_string:
	shrq	$3, %rcx
1:	rep movsq
	fixup	1b, copy_words_fault
	movl	%edx, %ecx
	andl	$7, %ecx
2:	rep movsb
	fixup	2b, copy_done
	jmp	copy_done

/* RCX words and the tail were left: as far as it goes, byte by byte. */
copy_words_fault:
	andl	$7, %edx
	leaq	(%rdx, %rcx, 8), %rcx
1:	rep movsb
	fixup	1b, copy_done
copy_done:
	movq	%rcx, %rax
	smap	clac
	ret

/* size_t arch_clear_user(uintptr_t to, size_t n) */
	.globl arch_clear_user
	.balign 16
arch_clear_user:
	smap	stac
	xorl	%eax, %eax
	movq	%rsi, %rcx
	shrq	$3, %rcx
1:	rep stosq
	fixup	1b, 3f
	movl	%esi, %ecx
	andl	$7, %ecx
2:	rep stosb
	fixup	2b, copy_done
	jmp	copy_done
3:	andl	$7, %esi
	leaq	(%rsi, %rcx, 8), %rcx
4:	rep stosb
	fixup	4b, copy_done
	jmp	copy_done

/*
 * long arch_copy_string_from_user(char *to, uintptr_t from, size_t n): eight bytes at a time while
 * they hold no NUL and cannot cross into the next page; X - 0x01... & ~X & 0x80... is zero exactly
 * when no byte of X is zero.
 */
	.globl arch_copy_string_from_user
	.balign 16
arch_copy_string_from_user:
	smap	stac
	movq	%rdi, %r8
	leaq	(%rdi, %rdx), %r9		/* end of the room */
	movabsq	$0x0101010101010101, %r10
	movabsq	$0x8080808080808080, %r11
string_words:
	leaq	8(%rdi), %rax
	cmpq	%r9, %rax
	ja	string_bytes
	movl	%esi, %eax
	andl	$4095, %eax
	cmpl	$4088, %eax
	ja	string_bytes
1:	movq	(%rsi), %rax
	fixup	1b, string_fault
	movq	%rax, %rcx
	movq	%rax, %rdx
	subq	%r10, %rcx
	notq	%rdx
	andq	%rdx, %rcx
	andq	%r11, %rcx
	jnz	string_last_word
	movq	%rax, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	jmp	string_words
/* Up to eight bytes, then words again. */
string_bytes:
	cmpq	%r9, %rdi
	jae	string_done
1:	movb	(%rsi), %al
	fixup	1b, string_fault
	movb	%al, (%rdi)
	testb	%al, %al
	jz	string_done
	incq	%rsi
	incq	%rdi
	testl	$7, %esi
	jnz	string_bytes
	jmp	string_words
string_last_word:
	movq	%rax, (%rdi)
	bsfq	%rcx, %rcx
	shrl	$3, %ecx
	addq	%rcx, %rdi
string_done:
	movq	%rdi, %rax
	subq	%r8, %rax
	smap	clac
	ret
string_fault:
	movq	$-1, %rax
	smap	clac
	ret

/* int arch_user_load32_nosleep(uint32_t *value, uintptr_t from): the caller has preemption off. */
	.globl arch_user_load32_nosleep
arch_user_load32_nosleep:
	smap	stac
1:	movl	(%rsi), %eax
	fixup	1b, word_fault
	movl	%eax, (%rdi)
	xorl	%eax, %eax
	smap	clac
	ret
word_fault:
	movl	$1, %eax
	smap	clac
	ret

/* int arch_user_cmpxchg32(uintptr_t at, uint32_t expected, uint32_t desired, uint32_t *found) */
	.globl arch_user_cmpxchg32
arch_user_cmpxchg32:
	smap	stac
	movl	%esi, %eax
1:	lock cmpxchgl %edx, (%rdi)
	fixup	1b, word_fault
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	smap	clac
	ret

	.section .note.GNU-stack, "", %progbits
