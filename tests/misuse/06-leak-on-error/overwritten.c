/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a second reference where the first one is: the first is lost.
 * expect: checker: "'f' is overwritten while it owns: drop() it first [handle-overwritten]"
 */
#include <murre/file.h>

result(long) last_of(fd_t a, fd_t b)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));

	f = TRY(fd_get(current_files(), b));
	return OK(long, (long)at(f)->mode);
}
