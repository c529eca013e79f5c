/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes its own end of scope, with the attribute that only the handle core may spell.
 * expect: gcc: "attempt to use poisoned "cleanup""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/file.h>

static void file_over(file_ref *f) { file_release(at(*f)); }

result(long) size_of(fd_t fd)
{
	file_ref f __attribute__((cleanup(file_over))) = TRY(fd_get(current_files(), fd));

	return OK(long, (long)inode_size(at(f)->inode));
}
