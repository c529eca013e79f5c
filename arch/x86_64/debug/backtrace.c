/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For panic reports: the registers of a trap, and the calls that led to it by the chain of frame
 * pointers.
 */
#include <arch/trap.h>
#include <murre/log.h>
#include <murre/task.h>
#include <x86/image.h>
#include <x86/registers.h>
#include <x86/stacks.h>

/* What every function that keeps a frame pointer has on the stack. */
struct call_frame { const struct call_frame *caller; uintptr_t return_address; };

/* Stacks that a chain may lie on: the task's, the boot stack, this CPU's interrupt stacks. */
static bool stack_holding(uintptr_t at, uintptr_t *end)
{
	struct task *t = current();
	uintptr_t top = t ? t->arch.stack_top : 0;

	if (top && at >= top - KERNEL_STACK_SIZE && at < top)
		*end = top;
	else if (at >= (uintptr_t)boot_stack && at < (uintptr_t)boot_stack_top)
		*end = (uintptr_t)boot_stack_top;
	else if (!x86_interrupt_stack_holding(at, end))
		return false;
	return true;
}

static bool is_text(uintptr_t address)
{
	return address >= (uintptr_t)text_start && address < (uintptr_t)start_text_end;
}

unsigned arch_backtrace(const struct trap_frame *f, uintptr_t *addresses, unsigned most)
{
	const struct call_frame *at = f ? (const struct call_frame *)f->bp
					: __builtin_frame_address(0);
	unsigned n = 0;
	uintptr_t end;

	if (f && most)
		addresses[n++] = f->ip;
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
	log_err("ip %016lx sp %016lx flags %08lx cs %lx ss %lx", f->ip, f->sp, f->flags, f->cs,
		f->ss);
	log_err("ax %016lx bx %016lx cx %016lx dx %016lx", f->ax, f->bx, f->cx, f->dx);
	log_err("si %016lx di %016lx bp %016lx r8 %016lx", f->si, f->di, f->bp, f->r8);
	log_err("r9 %016lx r10 %016lx r11 %016lx r12 %016lx", f->r9, f->r10, f->r11, f->r12);
	log_err("r13 %016lx r14 %016lx r15 %016lx orig_ax %016lx", f->r13, f->r14, f->r15,
		f->orig_ax);
	log_err("cr2 %016lx cr3 %016lx cr4 %016lx", read_cr2(), read_cr3(), read_cr4());
}
