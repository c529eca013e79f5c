/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds a lock, but not the one that the data lies in.
 * expect: gcc: "incompatible type for argument 1 of 'family'"
 * expect: clang: "to parameter of incompatible type 'process_tree_locked'"
 */
#include <murre/process.h>

int exit_status(struct process *p, struct thread *t)
{
	hold(thread_share, s, &t->share);

	return family(s, p)->exit_status;
}
