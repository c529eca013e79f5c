/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies a handle: both copies end the one reference.
 * expect: checker: "'f' is copied, and two would own: move it with give() [handle-copied]"
 */
#include <murre/file.h>

struct tap { file_ref file; };

result(unit) tap_set(struct tap *t, fd_t fd)
{
	RETURNS(unit);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	t->file = f;
	return DONE;
}
