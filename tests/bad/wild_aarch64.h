/* SPDX-License-Identifier: GPL-2.0-only */
/* What of wild.c is aarch64's. */
#define KERNEL_ADDRESS 0xffff000000000000
#define KERNEL_CODE 0xffff800008000000

/* Code without SVC: a random program must not find reboot(2). */
static void code_fill(unsigned char *code)
{
	unsigned int *words = (unsigned int *)code;

	for (int i = 0; i < 1024; i++) {
		words[i] = next_random() >> 8;
		if ((words[i] & 0xffe0001f) == 0xd4000001)
			words[i] = 0xd503201f;
	}
	__builtin___clear_cache((char *)code, (char *)code + 4096);
}

WILD(misaligned_stack, "mov x0, #1; mov sp, x0; str x0, [sp]")
WILD(kernel_stack, "mov x0, #0xffff000000000000; mov sp, x0; str x0, [sp, #-16]!")
WILD(wrapping_stack, "mov x0, #16; mov sp, x0; stp x0, x0, [sp, #-16]!; stp x0, x0, [sp, #-16]!")
WILD(jump_misaligned, "mov x0, #3; br x0")
WILD(jump_to_the_end, "mov x0, #-4; br x0")
WILD(jump_at_the_border, "mov x0, #0xfffffffffffc; br x0")
WILD(call_on_no_stack, "mov x0, #0xffff000000000000; mov sp, x0; mov x8, #172; svc #0; mov x8, #93; mov x0, #0; svc #0")
WILD(call_far_away, "mov x8, #-1; svc #0; mov x8, #0x7fff; svc #0xffff; mov x8, #93; mov x0, #0; svc #0")
WILD(exception_return, "eret")
WILD(all_flags, "mov x0, #-1; msr nzcv, x0; msr fpcr, x0; msr fpsr, x0; mov x8, #93; mov x0, #0; svc #0")
WILD(sigreturn_garbage, "mov x8, #139; svc #0")
WILD(sigreturn_nowhere, "mov x0, #0x10000; mov sp, x0; mov x8, #139; svc #0")
WILD(sigreturn_kernel, "mov x0, #0xffff000000000000; mov sp, x0; mov x8, #139; svc #0")
WILD(sigreturn_misaligned, "sub x0, sp, #8; mov sp, x0; mov x8, #139; svc #0")
WILD(thread_register_kernel, "mov x0, #0xffff000000000000; msr tpidr_el0, x0; ldr x1, [x0]")
WILD(exclusive_kernel, "mov x0, #0xffff000000000000; ldxr x1, [x0]")
WILD(cache_kernel, "mov x0, #0xffff000000000000; dc civac, x0")
WILD(zero_kernel, "mov x0, #0xffff000000000000; dc zva, x0")

/* A signal frame on our own stack: every register wild, records of odd kinds and lengths. */
static void sigreturn_forged(void)
{
	static uint64_t frame[640] __attribute__((aligned(16)));

	for (int i = 0; i < 640; i++)
		frame[i] = next_random() >> next_random() % 64;
	if (next_random() % 2) {
		frame[74] = 0x21046508001;		/* the vectors' record, as it ought to be, and the end */
		frame[74 + 66] = 0;
		frame[73] = next_random() % 2 ? 0 : frame[73];
	}
	__asm__ volatile("mov sp, %0; mov x8, #139; svc #0" : : "r"(frame) : "memory");
}

#define WILD_BODIES \
	misaligned_stack, kernel_stack, wrapping_stack, jump_misaligned, jump_to_the_end, jump_at_the_border, \
	call_on_no_stack, call_far_away, exception_return, all_flags, sigreturn_garbage, sigreturn_nowhere, \
	sigreturn_kernel, sigreturn_misaligned, thread_register_kernel, exclusive_kernel, cache_kernel, zero_kernel, \
	sigreturn_forged, sigreturn_forged, sigreturn_forged
