/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes what it needs under the spin lock, lets go, and then does what may sleep.
 */
#include <murre/process.h>
#include <murre/syscall.h>

result(unit) tell_status(struct process *p, user_int to, struct can_sleep cs)
{
	int status;
	{
		hold(process_tree, t, &process_tree);
		status = family(t, p)->exit_status;
	}
	return copy_out(to, &status);
}

unsigned mappings(struct process *p, struct vm_space *s, struct can_sleep cs)
{
	unsigned n;

	hold_mutex(vm_space, l, &s->layout);
	n = in(l)->vma_count;
	{
		hold(process_signals, g, &p->signals);
		n += in(g)->thread_count;
	}
	return n;
}
