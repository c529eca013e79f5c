/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold() unlocks at the end of its scope, on every way out.
 */
#include <murre/process.h>

bool end_all(struct process *p)
{
	hold(process_signals, s, &p->signals);

	if (in(s)->exiting)
		return false;
	return process_exit_begin(s, p, 0);
}
