/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles on the move: out of variables and fields, into functions, fields and results, by some paths or all. */
#include <murre/file.h>
#include <murre/process.h>

result(file_ref) returned(fd_t fd)
{
	RETURNS(file_ref);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (!at(f)->inode)
		return FAIL(EINVAL);
	return OK(file_ref, give(f));
}

result(file_ref) passed_on(fd_t fd)
{
	return fd_get(current_files(), fd);
}

result(long) into_function(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return fd_publish(give(f), true);
}

result(long) on_one_path(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (publish)
		return fd_publish(give(f), true);
	return OK(long, (long)at(f)->mode);
}

result(long) in_one_arm(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	long nr = -1;

	if (publish)
		nr = TRY(fd_publish(give(f), true));
	return OK(long, nr);
}

result(long) looked_at_where_it_stayed(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (publish)
		TRY(fd_publish(give(f), true));
	else
		at(f)->version++;
	return OK(long, 0);
}

result(long) second_reference(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	TRY(fd_publish(file_share(at(f)), true));
	return OK(long, (long)at(f)->mode);
}

result(long) from_variable_to_variable(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	own(file_ref, g, give(f));

	return OK(long, (long)at(g)->mode);
}

result(long) refilled(fd_t a, fd_t b)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));

	TRY(fd_publish(give(f), true));
	f = TRY(fd_get(current_files(), b));
	return OK(long, (long)at(f)->mode);
}

result(long) replaced(fd_t a, fd_t b)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));

	drop(file_ref, f);
	f = TRY(fd_get(current_files(), b));
	return OK(long, (long)at(f)->mode);
}

result(file_ref) first_that_is_there(struct fd_table *t, int most)
{
	RETURNS(file_ref);

	for (int i = 0; i < most; i++) {
		own(file_ref, f, value_or(fd_get(t, (fd_t){ i }), none(file_ref)));
		if (!is_none(f))
			return OK(file_ref, give(f));
	}
	return FAIL(EBADF);
}

process_ref last_of(pid_nr_t from, int most)
{
	own(process_ref, last, none(process_ref));

	for (int i = 0; i < most; i++) {
		own(process_ref, p, process_find((pid_nr_t){ from.nr + i }));
		if (is_none(p))
			break;
		drop(process_ref, last);
		last = give(p);
	}
	return give(last);
}

process_ref parent_or_self(struct process *parent, struct process *self)
{
	return parent ? process_share(parent) : process_share(self);
}

result(file_ref) by_condition(struct fd_table *t, fd_t fd, bool any)
{
	RETURNS(file_ref);
	own(file_ref, f, any ? TRY(fd_get_any(t, fd)) : TRY(fd_get(t, fd)));

	return OK(file_ref, give(f));
}

result(long) dropped_if_still_there(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	long nr = 0;

	if (publish)
		nr = TRY(fd_publish(give(f), true));
	drop(file_ref, f);
	return OK(long, nr);
}

result(long) asked_whether_it_is_there(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (publish)
		TRY(fd_publish(give(f), true));
	return OK(long, is_none(f) ? 0 : (long)at(f)->mode);
}
