/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For panic reports: the registers of a trap, and the calls that led to it by the chain of frame pointers (AAPCS64, 6.4.6).
 * A trap frame ends with a record of its own, so the chain leads through traps.
 */
#include <arch/trap.h>
#include <arm64/image.h>
#include <arm64/registers.h>
#include <murre/log.h>
#include <murre/task.h>

struct call_frame { const struct call_frame *caller; uintptr_t return_address; };

/* Stacks that a chain may lie on: the task's, the boot stack with that for overflows above it. */
static bool stack_holding(uintptr_t at, uintptr_t *end)
{
	struct task *t = current();
	uintptr_t top = t ? t->arch.stack_top : 0;

	if (top && at >= top - KERNEL_STACK_SIZE && at < top)
		*end = top;
	else if (at >= (uintptr_t)boot_stack && at < (uintptr_t)boot_stack_top)
		*end = (uintptr_t)boot_stack_top;
	else if (at >= (uintptr_t)overflow_stack && at < (uintptr_t)overflow_stack_top)
		*end = (uintptr_t)overflow_stack_top;
	else
		return false;
	return true;
}

static bool is_text(uintptr_t address) { return address >= (uintptr_t)text_start && address < (uintptr_t)start_text_end; }

unsigned arch_backtrace(const struct trap_frame *f, uintptr_t *addresses, unsigned most)
{
	const struct call_frame *at = f ? (const struct call_frame *)f->x[29] : __builtin_frame_address(0);
	unsigned n = 0;
	uintptr_t end;

	if (f && most)
		addresses[n++] = f->pc;
	while (n < most && is_aligned((uintptr_t)at, 8) && stack_holding((uintptr_t)at, &end) &&
	       end - (uintptr_t)at >= sizeof(*at) && is_text(at->return_address)) {
		const struct call_frame *caller = at->caller;

		addresses[n++] = at->return_address;
		/* Callers lie higher; anything else is the end or a broken chain. */
		if (caller <= at)
			break;
		at = caller;
	}
	return n;
}

void frame_print(const struct trap_frame *f)
{
	log_err("pc %016lx sp %016lx pstate %08lx lr %016lx", f->pc, f->sp, f->pstate, f->x[30]);
	for (unsigned i = 0; i < 28; i += 4)
		log_err("x%-2u %016lx x%-2u %016lx x%-2u %016lx x%-2u %016lx", i, f->x[i], i + 1, f->x[i + 1], i + 2, f->x[i + 2],
			i + 3, f->x[i + 3]);
	log_err("x28 %016lx x29 %016lx", f->x[28], f->x[29]);
	log_err("esr %08lx far %016lx ttbr0 %016lx sctlr %08lx", read_register(esr_el1), read_register(far_el1),
		read_register(ttbr0_el1), read_register(sctlr_el1));
}
