/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The value comes through TRY, or both cases are handled.
 */
#include <murre/file.h>

result(unit) poke(fd_t fd)
{
	RETURNS(unit);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	at(f)->version++;
	return DONE;
}

unsigned events_of(fd_t fd, struct poll_table *t)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));

	return is_none(f) ? 0 : at(f)->ops->poll(at(f), t);
}

result(file_ref) second_of(fd_t fd)
{
	RETURNS(file_ref);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return OK(file_ref, give(f));
}
