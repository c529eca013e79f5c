/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes up the proof that a lock is held.
 * expect: gcc: "attempt to use poisoned "grd_p_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/process.h>

void end_all(struct process *p)
{
	process_signals_locked s = { .grd_p_ = &p->signals };

	process_exit_begin(s, p, 0);
}
