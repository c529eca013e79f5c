/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles that were given away or dropped, and are used, given or borrowed again. */
#include <murre/file.h>
#include <murre/process.h>

result(long) borrowed_after(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	TRY(fd_publish(give(f), false));
	return OK(long, (long)at(f)->mode); // wrong: [handle-moved]
}

result(long) given_twice(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	TRY(fd_publish(give(f), false));
	return fd_publish(give(f), true); // wrong: [handle-moved]
}

result(long) given_in_one_arm(fd_t fd, bool early)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (early)
		TRY(fd_publish(give(f), false));
	return OK(long, (long)at(f)->mode); // wrong: [handle-moved]
}

result(long) given_in_both_arms_and_after(fd_t fd, bool early)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (early)
		TRY(fd_publish(give(f), false));
	else
		TRY(fd_publish(give(f), true));
	return fd_publish(give(f), true); // wrong: [handle-moved]
}

result(long) given_in_a_loop(fd_t fd, int n)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	for (int i = 0; i < n; i++)
		TRY(fd_publish(give(f), false)); // wrong: [handle-moved]
	return OK(long, 0);
}

result(long) used_at_the_top_of_the_next_round(fd_t fd, int n)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	long sum = 0;

	for (int i = 0; i < n; i++) {
		sum += (long)at(f)->mode; // wrong: [handle-moved]
		if (i == 3)
			sum += TRY(fd_publish(give(f), false));
	}
	return OK(long, sum);
}

result(long) in_a_case_that_falls_through(fd_t fd, int what)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	switch (what) {
	case 1:
		TRY(fd_publish(give(f), false));
		[[fallthrough]];
	case 2:
		return fd_publish(give(f), true); // wrong: [handle-moved]
	default:
		return OK(long, 0);
	}
}

result(long) dropped_and_used(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	drop(file_ref, f);
	return OK(long, (long)at(f)->mode); // wrong: [handle-moved]
}

result(long) moved_to_another_name(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	own(file_ref, g, give(f));

	return OK(long, (long)(at(g)->mode | at(f)->mode)); // wrong: [handle-moved]
}

struct holder { file_ref file; };

long parameter_kept_and_used(struct holder *h, file_ref f)
{
	put_in(h->file, give(f));
	return (long)at(f)->mode; // wrong: [handle-moved]
}

result(long) one_argument_after_the_other(fd_t fd, result(long) (*both)(file_ref, struct file *))
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	(void)TRY(both(give(f), NULL));
	return both(none(file_ref), at(f)); // wrong: [handle-moved]
}

result(long) field_given_and_used(struct holder *h)
{
	TRY(fd_publish(give(h->file), false));
	return OK(long, (long)at(h->file)->mode); // wrong: [handle-moved]
}

long compared_after_give(fd_t fd, file_ref *to)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));
	own(file_ref, g, give(f));

	return at(f) == at(g); // wrong: [handle-moved]
}
