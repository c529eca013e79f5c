/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image's first bytes: the header of Linux's "Booting AArch64 Linux" (flat image, anywhere in RAM at a multiple of
 * 2 MiB, device tree in X0, MMU off), then the way from there to boot_start: down to EL1, the first page tables, the MMU.
 * Tables are written with the caches off, so whatever the caches still hold of them is thrown away before they are used.
 */
#include <arm64/registers.h>

#define IMAGE_FLAGS 0xa			/* little-endian, 4 KiB pages, anywhere */
#define BLOCK_BYTES 0x200000
#define BLOCK_SHIFT 21
#define TABLE_LINK 3
/* Normal memory, shared, young, writable, not for programs to run. */
#define BLOCK_ENTRY 0x0040000000000701

	.section .boot.header, "ax"
	.globl image_start
image_start:
	b	boot_entry
	.long	0
	.quad	0			/* offset from a multiple of 2 MiB */
	.quad	image_bytes
	.quad	IMAGE_FLAGS
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.section .boot.text, "ax"
/* X20: the device tree. X21: where the image is. */
boot_entry:
	msr	daifset, #15
	mov	x20, x0
	adrp	x21, image_start
	mrs	x0, currentel
	cmp	x0, #(2 << 2)
	b.ne	1f
	bl	leave_el2
1:	bl	tables_make
	bl	mmu_enable
	ldr	x0, =boot_continue
	br	x0

/* From here on at the image's own addresses. */
boot_continue:
	ldr	x0, =arm64_vectors
	msr	vbar_el1, x0
	isb
	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	ldr	x18, =arm64_boot_cpu
	msr	tpidr_el1, x18
	ldr	x0, =boot_stack_top
	mov	sp, x0
	stp	xzr, xzr, [sp, #-16]!
	mov	x29, sp
	ldr	x1, =image_start
	sub	x1, x1, x21		/* virtual minus physical */
	mov	x0, x20
	bl	boot_start
	brk	#0

/* Firmware left us at EL2, and nobody there is needed: EL1 gets the timers, the interrupt controller and the FPU. */
leave_el2:
	mov	x0, #HCR_EL2_RW
	msr	hcr_el2, x0
	isb
	mov	x0, #3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #CPTR_EL2_RES1
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	/* All event counters are EL1's, where there are any. */
	mov	x1, #0
	mrs	x0, id_aa64dfr0_el1
	ubfx	x0, x0, #8, #4
	sub	x2, x0, #1
	cmp	x2, #13
	b.hi	1f
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #11, #5
1:	msr	mdcr_el2, x1
	/* GICv3: its registers, for both levels. */
	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 2f
	mrs	x0, s3_4_c12_c9_5	/* ICC_SRE_EL2 */
	orr	x0, x0, #1
	orr	x0, x0, #8
	msr	s3_4_c12_c9_5, x0
	isb
	mrs	x0, s3_4_c12_c9_5
	tbz	x0, #0, 2f
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2 */
2:	ldr	x0, =SCTLR_OFF
	msr	sctlr_el1, x0
	mov	x0, #(PSTATE_DAIF | PSTATE_EL1H)
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret

/* One entry of a table that covers 512 GiB << 9 * level less: index of X0 at `shift` in `table` gets `value`. */
	.macro	enter table, va, shift, value
	adrp	x9, \table
	add	x9, x9, :lo12:\table
	ubfx	x10, \va, #\shift, #9
	str	\value, [x9, x10, lsl #3]
	.endm
	.macro	enter_link table, va, shift, lower
	adrp	x11, \lower
	add	x11, x11, :lo12:\lower
	orr	x11, x11, #TABLE_LINK
	enter	\table, \va, \shift, x11
	.endm

/* The image at its own addresses and, for the first instructions, its first 2 MiB where they are; the windows, empty. */
tables_make:
	adrp	x0, boot_tables
	adrp	x1, boot_tables_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	adrp	x0, arm64_window_directory
	add	x0, x0, :lo12:arm64_window_directory
	add	x1, x0, #(3 * 4096)
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b

	ldr	x2, =BLOCK_ENTRY
	enter_link early_identity, x21, 39, early_identity_1
	enter_link early_identity_1, x21, 30, early_identity_2
	orr	x3, x21, x2
	enter	early_identity_2, x21, 21, x3

	ldr	x4, =image_start
	enter_link early_root, x4, 39, early_top
	enter_link early_top, x4, 30, early_image
	ldr	x5, =image_bytes
3:	enter	early_image, x4, 21, x3
	add	x3, x3, #BLOCK_BYTES
	add	x4, x4, #BLOCK_BYTES
	subs	x5, x5, #BLOCK_BYTES
	b.hi	3b

	ldr	x4, =arm64_window_at
	enter_link early_top, x4, 30, arm64_window_directory
	enter_link arm64_window_directory, x4, 21, arm64_window_tables
	add	x4, x4, #BLOCK_BYTES
	add	x11, x11, #4096
	enter	arm64_window_directory, x4, 21, x11

	dmb	sy
	adrp	x0, boot_tables
	adrp	x1, boot_tables_end
	mov	x3, x30
	bl	invalidate
	adrp	x0, arm64_window_directory
	add	x1, x0, #(3 * 4096)
	bl	invalidate
	ret	x3

/* Throws away what the caches hold of [X0, X1). */
invalidate:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x4, #4
	lsl	x2, x4, x2
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

mmu_enable:
	ldr	x0, =MAIR_VALUE
	msr	mair_el1, x0
	ldr	x0, =TCR_BASE
	mrs	x1, id_aa64mmfr0_el1
	and	x2, x1, #15
	mov	x3, #TCR_IPS_MOST
	cmp	x2, x3
	csel	x2, x2, x3, lo
	orr	x0, x0, x2, lsl #TCR_IPS_SHIFT
	ubfx	x1, x1, #4, #4		/* 16 bits of address space identifiers */
	cmp	x1, #2
	b.ne	1f
	orr	x0, x0, #TCR_AS
1:	mrs	x1, id_aa64mmfr1_el1	/* who notes age and dirtiness */
	and	x1, x1, #15
	cbz	x1, 2f
	orr	x0, x0, #TCR_HA
	cmp	x1, #2
	b.lo	2f
	orr	x0, x0, #TCR_HD
2:	msr	tcr_el1, x0
	adrp	x0, early_identity
	msr	ttbr0_el1, x0
	adrp	x0, early_root
	msr	ttbr1_el1, x0
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	/* SPAN stays one where there is no PAN. */
	ldr	x0, =SCTLR_ON
	mrs	x1, id_aa64mmfr1_el1
	ubfx	x1, x1, #20, #4
	cbnz	x1, 3f
	orr	x0, x0, #SCTLR_SPAN
3:	msr	sctlr_el1, x0
	isb
	ret

/*
 * void boot_tables_switch(uint64_t root): TTBR1 from the first tables to the final ones, by way of none: the same
 * addresses change their size, which must not be seen half done. Runs where the image lies physically.
 */
	.globl boot_tables_switch
boot_tables_switch:
	adrp	x1, 1f
	add	x1, x1, :lo12:1f
	ldr	x2, =arm64_image_offset
	ldr	x2, [x2]
	sub	x1, x1, x2
	ldr	x3, =arm64_empty_root
	sub	x3, x3, x2
	br	x1
1:	msr	ttbr1_el1, x3
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, x0
	isb
	/* Programs' half: nothing, from now on. */
	adr	x1, 2f
	add	x1, x1, x2
	br	x1
2:	msr	ttbr0_el1, x3
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	ret

	.ltorg

	.section .bss.tables, "aw", %nobits
	.balign 4096
	.globl boot_tables, boot_tables_end
boot_tables:
early_root:		.skip 4096
early_top:		.skip 4096
early_image:		.skip 4096
early_identity:		.skip 4096
early_identity_1:	.skip 4096
early_identity_2:	.skip 4096
boot_tables_end:
/* In the final tables, too. */
	.globl arm64_window_directory, arm64_window_tables
arm64_window_directory:	.skip 4096
arm64_window_tables:	.skip 2 * 4096

	.section .bss.page, "aw", %nobits
	.balign 4096
/* The page below a stack is a guard: boot/map.c leaves it out. */
	.globl boot_stack_guard, boot_stack, boot_stack_top, overflow_stack, overflow_stack_top
boot_stack_guard:
	.skip 4096
boot_stack:
	.skip 4 * 4096
boot_stack_top:
/* For the report of a stack that overflowed. */
overflow_stack:
	.skip 4096
overflow_stack_top:

	.section .note.GNU-stack, "", %progbits
