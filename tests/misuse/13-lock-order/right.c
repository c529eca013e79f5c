/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Outer ranks first; what is needed from a lock outside is read before.
 */
#include <murre/process.h>

static bool is_dead(struct process *p)
{
	hold(process_tree, t, &process_tree);

	return family(t, p)->dead;
}

unsigned count(struct process *p)
{
	hold(process_tree, t, &process_tree);
	hold_also(process_signals, s, &p->signals);

	return in(s)->thread_count + in(t)->threads;
}

bool is_going(struct process *p)
{
	bool dead = is_dead(p);
	hold(process_signals, s, &p->signals);

	return in(s)->exiting || dead;
}
