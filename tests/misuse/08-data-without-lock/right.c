/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock hands out the data; what needs a lock asks for its token.
 */
#include <murre/process.h>

unsigned mappings_of(struct vm_space *s, struct can_sleep cs)
{
	hold_mutex(vm_space, l, &s->layout);

	return in(l)->vma_count;
}

unsigned processes_running(void)
{
	hold(process_tree, t, &process_tree);

	return in(t)->threads;
}

int exit_status(struct process *p)
{
	hold(process_tree, t, &process_tree);

	return family(t, p)->exit_status;
}
