/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the locks of two objects of one kind, in an order that nobody keeps.
 * expect: checker: "process_signals (rank 90) is taken while process_signals (rank 90) is held since"
 */
#include <murre/process.h>

unsigned count_both(struct process *a, struct process *b)
{
	hold(process_signals, x, &a->signals);
	hold_also(process_signals, y, &b->signals);

	return in(x)->thread_count + in(y)->thread_count;
}
