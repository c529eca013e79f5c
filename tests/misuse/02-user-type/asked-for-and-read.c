/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a program only asked to be written: old contents of its memory are taken for an argument.
 * expect: gcc: "has no member named 'may_be_read'"
 * expect: clang: "no member named 'may_be_read'"
 */
#include <murre/syscall.h>

result(unit) tell_time(user_out_timespec64 to, struct can_sleep cs)
{
	timespec64 ts;

	return copy_in(&ts, to);
}
