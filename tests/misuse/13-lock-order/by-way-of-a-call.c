/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls a function that takes a lock which belongs outside the one that is held.
 * expect: checker: "is_dead takes process_tree (rank 88) while process_signals (rank 90) is held since"
 */
#include <murre/process.h>

static bool is_dead(struct process *p)
{
	hold(process_tree, t, &process_tree);

	return family(t, p)->dead;
}

bool is_going(struct process *p)
{
	hold(process_signals, s, &p->signals);

	return in(s)->exiting || is_dead(p);
}
