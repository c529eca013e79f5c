/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number is looked up once; from then on the file is at hand, whatever the program does to its
 * descriptors.
 */
#include <murre/process.h>

result(size_t) read_some(fd_t fd, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return file_read(at(f), to, NULL, cs);
}

result(unit) shut(fd_t which, struct can_sleep cs) { return fd_close(current_files(), which, cs); }
