/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles that nobody takes: a reference is lost and never given back. */
#include <murre/file.h>
#include <murre/process.h>
#include <murre/slab.h>

void cast_away(struct process *p)
{
	(void)process_share(p); // wrong: [handle-dropped]
}

bool only_borrowed(pid_nr_t nr)
{
	process_ref p = process_find(nr); // wrong: [handle-unguarded]

	return !is_none(p);
}

result(long) tried_and_dropped(fd_t fd)
{
	TRY(fd_get(current_files(), fd)); // wrong: [handle-dropped]
	return OK(long, 0);
}

int only_its_errno(fd_t fd)
{
	return error_of(fd_get(current_files(), fd)); // wrong: [handle-dropped]
}

result(long) given_to_nobody(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	(void)give(f); // wrong: [handle-dropped]
	return OK(long, 0);
}

long parameter_forgotten(file_ref f) // wrong: [handle-unguarded]
{
	return (long)at(f)->mode;
}

long parameter_forgotten_on_one_path(file_ref f, bool publish) // wrong: [handle-unguarded]
{
	if (publish)
		return value_or(fd_publish(give(f), false), -1l);
	return 0;
}

result(unit) box_forgotten(void)
{
	RETURNS(unit);

	TRY(bytes_box_new(64)); // wrong: [handle-dropped]
	return DONE;
}

result(long) second_argument(fd_t fd, result(long) (*use)(struct file *, struct process *), struct process *p)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	(void)process_share(p); // wrong: [handle-dropped]
	return use(at(f), p);
}
