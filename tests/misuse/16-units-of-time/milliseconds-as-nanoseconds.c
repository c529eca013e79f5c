/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives a number of milliseconds where a deadline in nanoseconds is wanted: a million times too soon.
 * expect: gcc: "incompatible type for argument 1 of 'sleep_until'"
 * expect: clang: "to parameter of incompatible type 'nsec_t'"
 */
#include <murre/wait.h>

result(unit) pause_for(int milliseconds, struct can_sleep cs)
{
	return sleep_until(milliseconds, cs);
}
