/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions: what the loaders look for (a multiboot2 header, a PVH note), and the way
 * from 32-bit mode with paging off, which both leave us in, to C code at the kernel's own
 * addresses. The tables made here map the first 4 GiB twice, at 0 and (the first GiB) at the
 * image's base; boot/map.c replaces them.
 */
#include <x86/registers.h>

#define IMAGE_BASE 0xffffffff80000000
#define PHYSICAL(symbol) ((symbol) - IMAGE_BASE)
#define MULTIBOOT2_MAGIC 0xe85250d6
#define TABLE_ENTRY 0x3			/* present, writable */
#define LARGE_ENTRY 0x83		/* and 2 MiB */
#define SHADOW_FIRST_ENTRY 472		/* of the root */

	.section .boot.header, "a"
	.balign 8
header:
	.long MULTIBOOT2_MAGIC, 0, header_end - header, -(MULTIBOOT2_MAGIC + (header_end - header))
	/* Entry point: physical, whatever the ELF header says. */
	.short 3, 0
	.long 12, PHYSICAL(boot_multiboot2), 0
	/* Modules on page boundaries: their pages become file pages. */
	.short 6, 0
	.long 8
	.short 0, 0
	.long 8
header_end:

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, 18			/* name and value bytes; XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long PHYSICAL(boot_pvh)

	.section .boot.text, "ax"
	.code32
/* EBX: struct hvm_start_info. */
boot_pvh:
	xorl	%eax, %eax
/* EAX: multiboot2's magic, and the ELF header's entry point. EBX: its information structure. */
	.globl boot_multiboot2
boot_multiboot2:
	cld
	/* Loaders clear it, but where memory is short firmware has worked in it since. */
	movl	%eax, %edx
	movl	$PHYSICAL(bss_start), %edi
	movl	$PHYSICAL(kernel_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
	movl	%edx, %edi
	movl	%ebx, %esi
	movl	$PHYSICAL(boot_stack_top), %esp

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	cpu_too_old
	movl	$0x80000001, %eax
	cpuid
	testl	$1 << 29, %edx		/* long mode */
	jz	cpu_too_old
	testl	$1 << 20, %edx		/* no-execute pages */
	jz	cpu_too_old

	movl	$PHYSICAL(low_directory) + TABLE_ENTRY, PHYSICAL(low_root)
	movl	$PHYSICAL(high_directory) + TABLE_ENTRY, PHYSICAL(low_root) + 511 * 8
	movl	$PHYSICAL(low_tables) + TABLE_ENTRY, PHYSICAL(high_directory) + 510 * 8
	movl	$PHYSICAL(low_tables) + TABLE_ENTRY, %eax
	xorl	%ecx, %ecx
1:	movl	%eax, PHYSICAL(low_directory)(, %ecx, 8)
	addl	$4096, %eax
	incl	%ecx
	cmpl	$4, %ecx
	jne	1b
	movl	$LARGE_ENTRY, %eax
	xorl	%ecx, %ecx
1:	movl	%eax, PHYSICAL(low_tables)(, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$2048, %ecx
	jne	1b

#ifdef ARCH_SHADOW_OFFSET
	/* Shadow memory of the whole upper half: three tables that lead to one page (x86/shadow.h). */
	movl	$PHYSICAL(x86_shadow_common), %ebx
	movl	$PHYSICAL(x86_shadow_common) + 4096 + TABLE_ENTRY, %eax
1:	movl	$512, %ecx
2:	movl	%eax, (%ebx)
	addl	$8, %ebx
	loop	2b
	addl	$4096, %eax
	cmpl	$PHYSICAL(x86_shadow_common) + 4 * 4096 + TABLE_ENTRY, %eax
	jne	1b
	movl	$PHYSICAL(x86_shadow_common) + TABLE_ENTRY, %eax
	movl	$32, %ecx
1:	movl	%eax, PHYSICAL(low_root) + SHADOW_FIRST_ENTRY * 8 - 8(, %ecx, 8)
	loop	1b
#endif
	movl	$PHYSICAL(low_root), %eax
	movl	%eax, %cr3
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME | EFER_NXE | EFER_SCE, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG | CR0_WP | CR0_NE | CR0_MP, %eax
	andl	$~(1 << 2 | 1 << 3 | 1 << 29 | 1 << 30), %eax	/* EM, TS, NW, CD */
	movl	%eax, %cr0
	lgdt	PHYSICAL(boot_gdt_pointer)
	ljmp	$KERNEL_CS, $PHYSICAL(boot_long)

/* No word of ours can be shown yet but on the first serial port and the text screen. */
cpu_too_old:
	movl	$PHYSICAL(cpu_too_old_text), %esi
	movl	$0xb8000, %edi
	movw	$0x3f8, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	movb	$0x0f, %ah
	stosw
	jmp	1b
2:	cli
	hlt
	jmp	2b

	.code64
boot_long:
	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edi, %edi
	movl	%esi, %esi
	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp
	pushq	$0
	pushq	%rbp
	movq	%rsp, %rbp
	movq	$boot_start, %rax
	call	*%rax
	ud2

	.section .data.start, "aw"
	.balign 16
boot_gdt:
	.quad 0, 0, 0x00af9a000000ffff, 0x00cf92000000ffff
boot_gdt_pointer:
	.short . - boot_gdt - 1
	.long PHYSICAL(boot_gdt)
cpu_too_old_text:
	.asciz "Murre needs a CPU with 64-bit mode and no-execute pages.\r\n"

	.section .bss.page, "aw", @nobits
	.balign 4096
low_root:	.skip 4096
low_directory:	.skip 4096
high_directory:	.skip 4096
low_tables:	.skip 4 * 4096

/* The page below the stack is a guard: boot/map.c leaves it out. */
	.globl boot_stack, boot_stack_top
boot_stack_guard: .globl boot_stack_guard
	.skip 4096
boot_stack:
	.skip 4 * 4096
boot_stack_top:

	.section .note.GNU-stack, "", %progbits
