/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a mutex, which may have to be waited for, while it holds a spin lock.
 * expect: gcc: "incompatible type for argument 2 of 'vm_space_lock_'"
 * expect: clang: "to parameter of incompatible type 'struct can_sleep'"
 */
#include <murre/process.h>

unsigned mappings(struct process *p, struct vm_space *s, struct can_sleep cs)
{
	for (;;) {
		hold(process_signals, g, &p->signals);
		hold_mutex(vm_space, l, &s->layout);

		return in(l)->vma_count + in(g)->thread_count;
	}
}
