/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a path that still lies in the program's memory.
 * expect: gcc: "incompatible type for argument 2 of 'path_lookup'"
 * expect: clang: "to parameter of incompatible type 'const char *'"
 */
#include <murre/path.h>

result(path_ref) find(fd_t dir, user_cstr name, struct can_sleep cs)
{
	return path_lookup(dir, name, 0, cs);
}
