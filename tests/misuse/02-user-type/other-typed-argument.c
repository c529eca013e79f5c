/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes a user pointer to a function that wants one to another type.
 * expect: gcc: "incompatible type for argument 1 of 'read_limits'"
 * expect: clang: "to parameter of incompatible type 'user_in_abi_rlimit'"
 */
#include <murre/syscall.h>

static result(unit) read_limits(user_in_abi_rlimit from, struct can_sleep cs)
{
	abi_rlimit limit;

	return copy_in(&limit, from);
}

result(unit) read_usage(user_in_abi_rusage from, struct can_sleep cs)
{
	return read_limits(from, cs);
}
