/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does not look whether the copy to the program arrived: the call reports success and the program reads old
 * memory.
 * expect: gcc: "ignoring return value"
 */
#include <murre/syscall.h>

result(long) tell_version(user_int to, struct can_sleep cs)
{
	int version = 1;

	copy_out(to, &version);
	return OK(long, 0);
}
