/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for an event in an RCU reading section, which holds up every grace period and with it all freeing.
 * expect: gcc: "invalid initializer"
 * expect: clang: "initializing 'struct can_sleep' with an expression of incompatible type 'struct no_sleep'"
 */
#include <murre/wait.h>

void await(waitq *q, bool *done, struct can_sleep cs)
{
	{
		hold_rcu(r);
		wait_event(q, read_once(*done), cs);
	}
}
