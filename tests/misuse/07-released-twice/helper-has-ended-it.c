/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives a file to a helper, which ends it when it fails, and ends it again on the way out.
 * Linux: CVE-2016-4557: __bpf_map_get() had dropped the file of a descriptor that was no map;
 * replace_map_fd_with_map_ptr() dropped it a second time.
 * expect: checker: "'f' is copied, and two would own: pass it with give() [handle-copied]"
 */
#include <murre/file.h>

static result(long) watch(file_ref given)
{
	RETURNS(long);
	own(file_ref, f, give(given));

	if (!at(f)->ops->poll)
		return FAIL(EPERM);
	return fd_publish(give(f), false);
}

result(long) watch_all(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return watch(f);
}
