/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a handler returns to that brought no restorer of its own: rt_sigreturn(2). Unwinders know these two instructions. */

	.section .rodata, "a"
	.balign 8
	.globl arch_user_code
arch_user_code:
	mov	x8, #139
	svc	#0

	.section .note.GNU-stack, "", %progbits
