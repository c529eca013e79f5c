/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declares an owner and fills it later, or not: an error in between would release what was never there.
 * expect: gcc: "expected expression before"
 * expect: clang: "expected expression"
 */
#include <murre/file.h>

result(long) size_of(fd_t fd)
{
	own(file_ref, f);

	f = TRY(fd_get(current_files(), fd));
	return OK(long, (long)inode_size(at(f)->inode));
}
