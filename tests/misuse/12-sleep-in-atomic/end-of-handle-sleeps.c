/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets a reference to an address space end under a spin lock: the last one tears all mappings down, which
 * sleeps.
 * expect: checker: "vm_space_release may sleep, but process_signals is held since"
 */
#include <murre/process.h>

bool shares_space(struct thread *t, const struct vm_space *s)
{
	hold(process_signals, g, &t->process->signals);
	own(vm_space_ref, other, thread_space(t));

	return at(other) == s && in(g)->thread_count > 1;
}
