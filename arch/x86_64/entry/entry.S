/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways into the kernel and back: system calls, exceptions, interrupts. All leave a struct
 * trap_frame on the stack of the current task, or on an interrupt stack. GS holds the CPU's struct
 * cpu_local while the kernel runs; the program's waits in KERNEL_GS_BASE. Interrupts are off
 * wherever the two may be the wrong way round.
 *
 * A call that nobody interferes with takes the short way: the C code has kept RBX, RBP and
 * R12..R15, so only what it may have spoilt is loaded again. Whoever changes those registers, IP or
 * SP in the frame of a call (exec, sigreturn) sets orig_ax to -1 or asks for work, and either leads
 * to the long way.
 */
#include <x86/offsets.h>
#include <x86/registers.h>
#include <x86/vectors.h>

/* Whoever was interrupted may have left user memory open to the kernel, or set the flag himself. */
	.macro	close_user_memory
991:	clac
	.pushsection .rodata.smap, "a"
	.balign	4
	.long	991b - .
	.popsection
	.endm

	.section .text.entry, "ax"

	.macro	save_registers_below_di
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	restore_registers
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$8, %rsp
	.endm

/* SYSCALL: interrupts off, RCX is the program's IP, R11 its flags, RSP still its own. */
	.globl entry_syscall
	.balign 64
entry_syscall:
	swapgs
	movq	%rsp, %gs:CPU_LOCAL_USER_SP
	movq	%gs:CPU_LOCAL_STACK_TOP, %rsp
	pushq	$USER_DS
	pushq	%gs:CPU_LOCAL_USER_SP
	pushq	%r11
	pushq	$USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	save_registers_below_di
	sti
	movq	%rsp, %rdi
	call	syscall_dispatch
	cli
	movq	%gs:CPU_LOCAL_CURRENT, %rcx
	testl	$~TASK_WORK_PASSED_BY, TASK_WORK(%rcx)
	jne	user_work
	cmpl	$0, %gs:CPU_LOCAL_PREEMPT
	je	user_work
	cmpq	$0, FRAME_ORIG_AX(%rsp)
	jl	user_leave

	movq	FRAME_R10(%rsp), %r10
	movq	FRAME_R9(%rsp), %r9
	movq	FRAME_R8(%rsp), %r8
	movq	FRAME_AX(%rsp), %rax
	movq	FRAME_DX(%rsp), %rdx
	movq	FRAME_SI(%rsp), %rsi
	movq	FRAME_DI(%rsp), %rdi
	movq	FRAME_FLAGS(%rsp), %r11
	movq	FRAME_IP(%rsp), %rcx
	movq	FRAME_SP(%rsp), %rsp
	swapgs
	sysretq

/* SYSCALL from 32-bit code: such programs are not run, and a 64-bit one that got there finds
 * ENOSYS. */
	.globl entry_syscall_32
entry_syscall_32:
	movl	$-38, %eax
	sysretl

/* What is to be done before the program goes on. */
user_work:
	sti
	movq	%rsp, %rdi
	call	user_return_work
/* The long way back to a program: everything from the frame. */
	.globl user_return
user_return:
	cli
	movq	%gs:CPU_LOCAL_CURRENT, %rcx
	testl	$~TASK_WORK_PASSED_BY, TASK_WORK(%rcx)
	jne	user_work
	cmpl	$0, %gs:CPU_LOCAL_PREEMPT
	je	user_work
user_leave:
	/* IRET to an address that is not canonical would fault in here: bits 47 and up must be
	 * equal. */
	movq	FRAME_IP(%rsp), %rcx
	sarq	$47, %rcx
	incq	%rcx
	cmpq	$1, %rcx
	ja	user_leave_refused
	restore_registers
	swapgs
	iretq
user_leave_refused:
	sti
	movq	%rsp, %rdi
	call	x86_return_refused
	jmp	user_return

/* A new program's task: prev in RAX from the switch. */
	.globl x86_fork_start
x86_fork_start:
	movq	%rax, %rdi
	call	task_switch_finish
	jmp	user_return

/* A new kernel task: the function in RBX, its argument in R12. */
	.globl x86_kernel_start
x86_kernel_start:
	movq	%rax, %rdi
	call	task_switch_finish
	sti
	movq	%r12, %rdi
	xorl	%ebp, %ebp
	call	*%rbx
	call	task_exit
	ud2

/* _Noreturn void x86_user_start(struct trap_frame *f): the frame ends at the top of the stack. */
	.globl x86_user_start
x86_user_start:
	movq	%rdi, %rsp
	jmp	user_return

/* struct task *x86_switch_stacks(struct task *prev, struct task *next) */
	.globl x86_switch_stacks
x86_switch_stacks:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, TASK_SP(%rdi)
	movq	TASK_SP(%rsi), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	%rdi, %rax
	ret

/* Exceptions: the stub has left the error code in orig_ax's place, and the vector in EDI. */
exception:
	cld
	close_user_memory
	save_registers_below_di
	testb	$3, FRAME_CS(%rsp)
	jz	exception_in_kernel
	swapgs
exception_of_program:
	movq	%rsp, %rsi
	call	x86_exception
	jmp	user_return
exception_in_kernel:
	movq	%rsp, %rsi
	call	x86_exception
	restore_registers
	iretq

/* Interrupts of devices and timers. */
interrupt:
	cld
	close_user_memory
	save_registers_below_di
	testb	$3, FRAME_CS(%rsp)
	jz	1f
	swapgs
	movq	%rsp, %rsi
	call	x86_interrupt
	jmp	user_return
1:	movq	%rsp, %rsi
	call	x86_interrupt
	/* A switch is wanted, nothing forbids it, and interrupts were on. */
	cmpl	$0, %gs:CPU_LOCAL_PREEMPT
	jne	2f
	testl	$FLAGS_IF, FRAME_FLAGS(%rsp)
	jz	2f
	call	preempt_interrupt_return
2:	restore_registers
	iretq

/*
 * Exceptions on interrupt stacks: they may have struck anywhere, even between the first instruction
 * of an entry and its SWAPGS. From a program they go on on the task's stack like any other. From
 * the kernel GS is set from the interrupt stack's top and put back afterwards: programs may hold
 * any value in it, so looking at it says nothing.
 */
exception_anywhere:
	cld
	close_user_memory
	testb	$3, 3 * 8(%rsp)
	jz	1f
	swapgs
	pushq	%rsi
	movq	%rsp, %rsi
	movq	%gs:CPU_LOCAL_STACK_TOP, %rsp
	pushq	7 * 8(%rsi)		/* ss */
	pushq	6 * 8(%rsi)		/* sp */
	pushq	5 * 8(%rsi)		/* flags */
	pushq	4 * 8(%rsi)		/* cs */
	pushq	3 * 8(%rsi)		/* ip */
	pushq	2 * 8(%rsi)		/* error code */
	pushq	1 * 8(%rsi)		/* di */
	movq	(%rsi), %rsi
	save_registers_below_di
	jmp	exception_of_program

1:	save_registers_below_di
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	movl	%eax, %ebx
	movl	%edx, %r12d
	movq	%rsp, %rsi
	orq	$(IST_STACK_SIZE - 1), %rsi
	movq	1 - IST_STACK_RESERVED(%rsi), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	wrmsr
	movq	%rsp, %rsi
	call	x86_exception
	movl	$MSR_GS_BASE, %ecx
	movl	%ebx, %eax
	movl	%r12d, %edx
	wrmsr
	restore_registers
	iretq

/* One stub of 16 bytes for each vector. */
	.globl entry_stubs
	.balign ENTRY_STUB_BYTES
entry_stubs:
	.set	vector, 0
	.rept	256
	.balign ENTRY_STUB_BYTES
	.if vector >= VECTOR_FIRST_INTERRUPT
	pushq	$-1
	pushq	%rdi
	movl	$vector, %edi
	jmp	interrupt
	.else
	.if !((VECTORS_WITH_ERROR_CODE >> vector) & 1)
	pushq	$0
	.endif
	pushq	%rdi
	movl	$vector, %edi
	.if (VECTORS_ANYWHERE >> vector) & 1
	jmp	exception_anywhere
	.else
	jmp	exception
	.endif
	.endif
	.set	vector, vector + 1
	.endr

	.section .note.GNU-stack, "", %progbits
