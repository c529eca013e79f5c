/* SPDX-License-Identifier: GPL-2.0-only */
/* A file in the middle of being written. expect: "expected" */
#include <murre/file.h>

result(long) half(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd));
	if (at(f)->mode {
		return give(
