/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives a lock back in the middle of its scope, whose end will do it again.
 * expect: gcc: "attempt to use poisoned "grd_p_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/process.h>

void end_all(struct process *p)
{
	hold(process_signals, s, &p->signals);

	process_exit_begin(s, p, 0);
	spin_unlock_raw(&s.grd_p_->grd_lock_);
}
