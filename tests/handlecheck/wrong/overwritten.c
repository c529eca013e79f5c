/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles that are filled again while they own: the first reference is lost. */
#include <murre/file.h>
#include <murre/process.h>

result(long) at_once(fd_t a, fd_t b)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));

	f = TRY(fd_get(current_files(), b)); // wrong: [handle-overwritten]
	return OK(long, (long)at(f)->mode);
}

result(long) given_on_one_path_only(fd_t a, fd_t b, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));

	if (publish)
		TRY(fd_publish(give(f), false));
	f = TRY(fd_get(current_files(), b)); // wrong: [handle-overwritten]
	return OK(long, (long)at(f)->mode);
}

process_ref last_of(pid_nr_t from, int most)
{
	own(process_ref, last, none(process_ref));

	for (int i = 0; i < most; i++) {
		own(process_ref, p, process_find((pid_nr_t){ from.nr + i }));
		last = give(p); // wrong: [handle-overwritten]
	}
	return give(last);
}

result(long) by_none(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	f = none(file_ref); // wrong: [handle-overwritten]
	return OK(long, 0);
}

struct holder { file_ref file; };

void in_a_field(struct holder *h, file_ref f)
{
	h->file = give(f); // wrong: [handle-overwritten]
}

void behind_a_pointer(file_ref *to, file_ref f)
{
	*to = give(f); // wrong: [handle-overwritten]
}

struct table { file_ref files[8]; };

void in_an_array(struct table *t, unsigned i, file_ref f)
{
	t->files[i] = give(f); // wrong: [handle-overwritten]
}
