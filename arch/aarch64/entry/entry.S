/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways into the kernel and back: system calls, exceptions, interrupts. All leave a struct trap_frame on the stack of
 * the current task: SP_EL1 stands at its top while the program runs. X18 is the CPU's struct cpu_local; a program's own
 * X18 is in the frame. The CPU masks all interrupts as it enters.
 *
 * A call that nobody interferes with takes the short way: the C code has kept X19..X28, so only what it may have spoilt is
 * loaded again. Whoever changes those registers in the frame of a call (exec, sigreturn) sets nr to -1 or asks for work,
 * and either leads to the long way.
 */
#include <arm64/offsets.h>
#include <arm64/registers.h>

	.section .text.entry, "ax"

	.macro	save_registers
	stp	x0, x1, [sp, #FRAME_X(0)]
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	stp	x16, x17, [sp, #FRAME_X(16)]
	stp	x18, x19, [sp, #FRAME_X(18)]
	stp	x20, x21, [sp, #FRAME_X(20)]
	stp	x22, x23, [sp, #FRAME_X(22)]
	stp	x24, x25, [sp, #FRAME_X(24)]
	stp	x26, x27, [sp, #FRAME_X(26)]
	stp	x28, x29, [sp, #FRAME_X(28)]
	.endm

/* From a program. X9 becomes the syndrome. */
	.macro	enter_from_program
	sub	sp, sp, #FRAME_BYTES
	save_registers
	mrs	x18, tpidr_el1
	mrs	x10, sp_el0
	mrs	x11, elr_el1
	mrs	x12, spsr_el1
	mrs	x9, esr_el1
	stp	x30, x10, [sp, #FRAME_X(30)]
	stp	x11, x12, [sp, #FRAME_PC]
	stp	xzr, xzr, [sp, #FRAME_RECORD]
	add	x29, sp, #FRAME_RECORD
	.endm

/* From the kernel itself; X18 is right already. */
	.macro	enter_from_kernel
	sub	sp, sp, #FRAME_BYTES
	save_registers
	add	x10, sp, #FRAME_BYTES
	mrs	x11, elr_el1
	mrs	x12, spsr_el1
	mov	x13, #-1
	stp	x30, x10, [sp, #FRAME_X(30)]
	stp	x11, x12, [sp, #FRAME_PC]
	stp	x0, x13, [sp, #FRAME_ORIG_X0]
	stp	x29, x11, [sp, #FRAME_RECORD]
	add	x29, sp, #FRAME_RECORD
	.endm

	.macro	forget_call
	mov	x13, #-1
	stp	x0, x13, [sp, #FRAME_ORIG_X0]
	.endm

	.macro	restore_0_to_17
	ldp	x0, x1, [sp, #FRAME_X(0)]
	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
	ldp	x10, x11, [sp, #FRAME_X(10)]
	ldp	x12, x13, [sp, #FRAME_X(12)]
	ldp	x14, x15, [sp, #FRAME_X(14)]
	ldp	x16, x17, [sp, #FRAME_X(16)]
	.endm

	.macro	restore_19_to_28
	ldr	x19, [sp, #FRAME_X(19)]
	ldp	x20, x21, [sp, #FRAME_X(20)]
	ldp	x22, x23, [sp, #FRAME_X(22)]
	ldp	x24, x25, [sp, #FRAME_X(24)]
	ldp	x26, x27, [sp, #FRAME_X(26)]
	ldr	x28, [sp, #FRAME_X(28)]
	.endm

/* Where the frame says, at last; speculation beyond ends here. */
	.macro	leave_to_program
	ldp	x1, x2, [sp, #FRAME_PC]
	ldr	x3, [sp, #FRAME_SP]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	msr	sp_el0, x3
	restore_0_to_17
	ldr	x18, [sp, #FRAME_X(18)]
	ldp	x29, x30, [sp, #FRAME_X(29)]
	add	sp, sp, #FRAME_BYTES
	eret
	dsb	nsh
	isb
	.endm

/* Z is clear when there is something to do before the program goes on; with interrupts off. */
	.macro	branch_if_work to
	ldr	x1, [x18, #CPU_LOCAL_CURRENT]
	ldr	x2, [x18, #CPU_LOCAL_PREEMPT]
	ldr	w3, [x1, #TASK_WORK]
	cbz	x2, \to
	tst	w3, #~TASK_WORK_PASSED_BY
	b.ne	\to
	.endm

	.macro	vector to
	.balign 128
	b	\to
	.endm

	.globl arm64_vectors
	.balign 2048
arm64_vectors:
	vector	kernel_with_wrong_stack
	vector	kernel_with_wrong_stack
	vector	kernel_with_wrong_stack
	vector	kernel_with_wrong_stack
	vector	kernel_exception
	vector	kernel_interrupt
	vector	kernel_interrupt
	vector	kernel_serror
	vector	program_exception
	vector	program_interrupt
	vector	program_interrupt
	vector	program_serror
	vector	program_32
	vector	program_32
	vector	program_32
	vector	program_32

program_exception:
	enter_from_program
	lsr	w10, w9, #ESR_CLASS_SHIFT
	cmp	w10, #CLASS_SVC
	b.ne	1f
	sxtw	x8, w8
	stp	x0, x8, [sp, #FRAME_ORIG_X0]
	msr	daifclr, #6
	mov	x0, sp
	bl	syscall_dispatch
	msr	daifset, #2
	branch_if_work user_work
	ldr	x4, [sp, #FRAME_NR]
	tbnz	x4, #63, user_leave
	leave_to_program

1:	forget_call
	mov	x0, sp
	mov	w1, w9
	bl	arm64_program_exception
	b	user_return

program_interrupt:
	enter_from_program
	forget_call
	mov	x0, sp
	bl	arm64_interrupt
	b	user_return

program_serror:
	enter_from_program
	forget_call
	mov	x0, sp
	mov	w1, w9
	bl	arm64_serror
	b	user_return

/* 32-bit programs are not run; PSTATE never asks for such a one. */
program_32:
	enter_from_program
	forget_call
	mov	x0, sp
	mov	w1, w9
	bl	arm64_unexpected

/* What is to be done before the program goes on. */
user_work:
	msr	daifclr, #2
	mov	x0, sp
	bl	user_return_work
/* The long way back to a program: everything from the frame. */
	.globl user_return
user_return:
	msr	daifset, #2
	branch_if_work user_work
user_leave:
	restore_19_to_28
	leave_to_program

kernel_exception:
	str	x0, [x18, #CPU_LOCAL_SCRATCH]
	str	x1, [x18, #CPU_LOCAL_SCRATCH + 8]
	/* How far the stack has grown: beyond its end there is only the page of the guard. */
	ldr	x1, [x18, #CPU_LOCAL_CURRENT]
	cbz	x1, 1f
	ldr	x1, [x1, #TASK_STACK_TOP]
	mov	x0, sp
	sub	x0, x1, x0
	lsr	x0, x0, #12
	sub	x0, x0, #(KERNEL_STACK_PAGES)
	cbz	x0, 3f
	mov	x0, sp
	sub	x0, x1, x0
	add	x0, x0, #FRAME_BYTES
	lsr	x0, x0, #12
	sub	x0, x0, #(KERNEL_STACK_PAGES)
	cbz	x0, 3f
1:	ldr	x0, [x18, #CPU_LOCAL_SCRATCH]
	ldr	x1, [x18, #CPU_LOCAL_SCRATCH + 8]
	enter_from_kernel
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm64_kernel_exception
/* Back into the kernel: not X18, the task may be on another CPU by now. */
kernel_return:
	ldp	x1, x2, [sp, #FRAME_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	restore_19_to_28
	restore_0_to_17
	ldp	x29, x30, [sp, #FRAME_X(29)]
	add	sp, sp, #FRAME_BYTES
	eret
	dsb	nsh
	isb

/* The report of an overflow needs a stack of its own. */
3:	mov	x0, sp
	ldr	x1, =overflow_stack_top
	mov	sp, x1
	mov	x1, x0
	ldr	x0, [x18, #CPU_LOCAL_SCRATCH]
	str	x1, [x18, #CPU_LOCAL_SCRATCH]
	ldr	x1, [x18, #CPU_LOCAL_SCRATCH + 8]
	enter_from_kernel
	ldr	x1, [x18, #CPU_LOCAL_SCRATCH]
	str	x1, [sp, #FRAME_SP]
	mov	x0, sp
	bl	arm64_stack_overflow

kernel_interrupt:
	enter_from_kernel
	mov	x0, sp
	bl	arm64_interrupt
	/* A switch is wanted, and nothing forbids it; interrupts were on, or this one would not have come. */
	ldr	x1, [x18, #CPU_LOCAL_PREEMPT]
	cbnz	x1, kernel_return
	bl	preempt_interrupt_return
	b	kernel_return

kernel_serror:
	enter_from_kernel
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm64_serror
	b	kernel_return

kernel_with_wrong_stack:
	ldr	x1, =overflow_stack_top
	mov	sp, x1
	enter_from_kernel
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm64_unexpected

/* A new program's task: prev in X0 from the switch. */
	.globl arm64_fork_start
arm64_fork_start:
	bl	task_switch_finish
	b	user_return

/* A new kernel task: the function in X19, its argument in X20. */
	.globl arm64_kernel_start
arm64_kernel_start:
	bl	task_switch_finish
	msr	daifclr, #2
	mov	x0, x20
	mov	x29, xzr
	mov	x30, xzr
	blr	x19
	bl	task_exit
	brk	#0

/* _Noreturn void arm64_user_start(struct trap_frame *f): the frame ends at the top of the stack. */
	.globl arm64_user_start
arm64_user_start:
	mov	sp, x0
	b	user_return

/* struct task *arm64_switch_stacks(struct task *prev, struct task *next) */
	.globl arm64_switch_stacks
arm64_switch_stacks:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x9, sp
	ldr	x10, [x1, #TASK_SP]
	str	x9, [x0, #TASK_SP]
	mov	sp, x10
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.section .note.GNU-stack, "", %progbits
