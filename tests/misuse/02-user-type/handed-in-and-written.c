/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes to what a program only handed in, and may have in memory that is shared or read-only.
 * expect: gcc: "has no member named 'may_be_written'"
 * expect: clang: "no member named 'may_be_written'"
 */
#include <murre/syscall.h>

result(unit) set_limit(user_in_abi_rlimit limit, struct can_sleep cs)
{
	abi_rlimit now = {};

	return copy_out(limit, &now);
}
