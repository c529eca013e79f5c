/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moved once, looked at before; who needs it afterwards takes a reference of its own; what may fail comes
 * first.
 */
#include <murre/file.h>
#include <murre/syscall.h>

struct tap { file_ref file; };

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

	return watch(give(f));
}

result(long) export(file_ref given, user_int to, struct can_sleep cs)
{
	own(file_ref, f, give(given));
	own_fd_slot(slot, TRY(fd_reserve(0, true)));
	int nr = slot.fd.nr;

	TRY(copy_out(to, &nr));
	return OK(long, fd_install(&slot, give(f)).nr);
}

result(uint64_t) tap_set(struct tap *t, fd_t fd)
{
	RETURNS(uint64_t);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	drop(file_ref, t->file);
	t->file = file_share(at(f));
	return OK(uint64_t, at(f)->inode->ino);
}
