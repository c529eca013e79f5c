/* SPDX-License-Identifier: GPL-2.0-only */
/* All vector registers and the two that go with them, to and from a struct arm64_fp_state. */

	.text
	.macro	each insn
	\insn	q0, q1, [x0]
	\insn	q2, q3, [x0, #32]
	\insn	q4, q5, [x0, #64]
	\insn	q6, q7, [x0, #96]
	\insn	q8, q9, [x0, #128]
	\insn	q10, q11, [x0, #160]
	\insn	q12, q13, [x0, #192]
	\insn	q14, q15, [x0, #224]
	\insn	q16, q17, [x0, #256]
	\insn	q18, q19, [x0, #288]
	\insn	q20, q21, [x0, #320]
	\insn	q22, q23, [x0, #352]
	\insn	q24, q25, [x0, #384]
	\insn	q26, q27, [x0, #416]
	\insn	q28, q29, [x0, #448]
	\insn	q30, q31, [x0, #480]
	.endm

	.globl arm64_fp_save
arm64_fp_save:
	each	stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	str	w1, [x0, #512]
	str	w2, [x0, #516]
	ret

/* Writing FPCR may be slow, and it hardly ever changes. */
	.globl arm64_fp_load
arm64_fp_load:
	each	ldp
	ldr	w1, [x0, #512]
	ldr	w2, [x0, #516]
	msr	fpsr, x1
	mrs	x3, fpcr
	cmp	x3, x2
	b.eq	1f
	msr	fpcr, x2
1:	ret

	.section .note.GNU-stack, "", %progbits
