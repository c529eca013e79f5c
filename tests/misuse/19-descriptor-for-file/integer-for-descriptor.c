/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes any integer on as a descriptor.
 * expect: gcc: "incompatible type for argument 2 of 'fd_close'"
 * expect: clang: "passing 'int' to parameter of incompatible type 'fd_t'"
 */
#include <murre/file.h>

result(unit) shut(int which, struct can_sleep cs)
{
	return fd_close(current_files(), which, cs);
}
