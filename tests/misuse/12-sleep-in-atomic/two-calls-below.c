/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls a function that calls one that sleeps, with preemption off.
 * expect: checker: "let_go -> vm_space_release may sleep, but preemption is off since"
 */
#include <murre/process.h>

static void let_go(struct vm_space *s) { vm_space_release(s); }

void replace(struct vm_space **slot, struct vm_space *s)
{
	hold_preempt_off(off);
	struct vm_space *old = *slot;

	*slot = s;
	let_go(old);
}
