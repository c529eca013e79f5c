/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the value out of a result without looking at its error.
 * expect: gcc: "attempt to use poisoned "res_ok_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/file.h>

void poke(fd_t fd)
{
	struct file_ref_result r = fd_get(current_files(), fd);

	at(r.res_ok_)->version++;
}
