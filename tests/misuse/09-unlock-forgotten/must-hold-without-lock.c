/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls what needs the lock held without holding it.
 * expect: gcc: "incompatible type for argument 1 of 'process_exit_begin'"
 * expect: clang: "to parameter of incompatible type 'process_signals_locked'"
 */
#include <murre/process.h>

void end_all(struct process *p)
{
	process_exit_begin(&p->signals, p, 0);
}
