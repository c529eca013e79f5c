/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps a pointer that was borrowed from a handle and uses it once the handle has ended.
 * expect: checker: "'raw' was borrowed from 'f', which drop() ended: borrow it from who owns it now [borrow-outlived]"
 */
#include <murre/file.h>

result(uint64_t) number_of(fd_t fd)
{
	RETURNS(uint64_t);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	struct file *raw = at(f);

	drop(file_ref, f);
	return OK(uint64_t, raw->inode->ino);
}
