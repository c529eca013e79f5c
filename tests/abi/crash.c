/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that go wrong: null and wild pointers, executed data, privileged instructions, odd
 * interrupts, divisions, alignment. Each ends with a signal of its own and tells its code.
 */
#include "fact.h"

#include <setjmp.h>
#include <ucontext.h>

#define BODY(name, ...) static void name(void) { __VA_ARGS__; }
static sigjmp_buf back;
#if defined __x86_64__
#include "crash_x86_64.h"
#elif defined __aarch64__
#include "crash_aarch64.h"
#endif

static siginfo_t seen;
static unsigned long trap_number;

static void on_trap(int number, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	seen = *info;
	trap_number = trap_of(context);
	siglongjmp(back, number);
}

static void go(const char *what, void (*body)(void))
{
	int number = sigsetjmp(back, 1);

	if (number == 0) {
		body();
		printf("%s: nothing happened\n", what);
	} else {
		printf("%s: %s code %d trap %ld\n", what, fact_signal(number), seen.si_code,
		       (long)trap_number);
	}
	IN_CHILD(what, {
		for (int i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		body();
	});
}


static void *(*volatile call_target)(void);
static volatile char sink;
static volatile int zero;
static char data_code[] = RETURN_CODE;

BODY(null_read, sink = *(volatile char *)0)
BODY(null_write, *(volatile char *)0 = 1)
BODY(null_call, call_target = NULL; call_target())
BODY(kernel_read, sink = *(volatile char *)KERNEL_DATA)
BODY(kernel_write, *(volatile char *)KERNEL_TEXT = 1)
BODY(kernel_jump, call_target = (void *)KERNEL_TEXT; call_target())
BODY(non_canonical_read, sink = *(volatile char *)0x1234567890abcdef)
BODY(non_canonical_jump, call_target = (void *)0x1234567890abcdef; call_target())
BODY(just_below_the_hole, sink = *(volatile char *)LAST_ADDRESS)
BODY(data_call, call_target = (void *)data_code; call_target())
BODY(stack_call, char code[] = RETURN_CODE; call_target = (void *)code; call_target())
BODY(text_write, *(volatile char *)(void *)go = 0)
BODY(divide, sink = 5 / zero)
BODY(divide_overflow, volatile int least = INT_MIN; zero = -1; sink = least / zero; zero = 0)

static const struct { const char *name; void (*body)(void); } bodies[] = {
#define ENTRY(name) { #name, name }
	ENTRY(null_read), ENTRY(null_write), ENTRY(null_call), ENTRY(kernel_read),
	ENTRY(kernel_write), ENTRY(kernel_jump), ENTRY(non_canonical_read),
	ENTRY(non_canonical_jump), ENTRY(just_below_the_hole), ENTRY(data_call),
	ENTRY(stack_call), ENTRY(text_write), ENTRY(divide), ENTRY(divide_overflow),
	INSTRUCTIONS
};

int main(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	static const int traps[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(traps); i++)
		sigaction(traps[i], &action, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		go(bodies[i].name, bodies[i].body);
	old_gate_survives();
	return 0;
}
