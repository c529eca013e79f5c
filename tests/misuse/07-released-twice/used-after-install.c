/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a file under a descriptor and still uses it when a later step fails: another thread may have closed it.
 * Linux: CVE-2022-22942: vmwgfx installed a file, failed to copy the descriptor to the program and dropped the
 * file, which stayed reachable through the descriptor.
 * expect: checker: "'f' used after give(): move it once, or take a second reference [handle-moved]"
 */
#include <murre/file.h>
#include <murre/syscall.h>

result(long) export(file_ref given, user_int to, struct can_sleep cs)
{
	own(file_ref, f, give(given));
	own_fd_slot(slot, TRY(fd_reserve(0, true)));
	int nr = fd_install(&slot, give(f)).nr;
	int err = error_of(copy_out(to, &nr));

	if (err) {
		at(f)->ops->release(at(f), cs);
		return FAIL(err);
	}
	return OK(long, nr);
}
