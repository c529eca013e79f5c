/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forgets to say what the function returns: the error that TRY hands back would have the wrong type.
 * expect: gcc: "incompatible types when returning type"
 * expect: clang: "returning 'ret_t'"
 */
#include <murre/file.h>

result(file_ref) second_of(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return OK(file_ref, give(f));
}
