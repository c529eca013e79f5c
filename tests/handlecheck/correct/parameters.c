/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles as parameters: the function owns what it is given, and what it is shown stays the caller's. */
#include <murre/file.h>
#include <murre/process.h>

struct holder { file_ref file; };

void kept(struct holder *h, file_ref f)
{
	put_in(h->file, give(f));
}

long taken(file_ref given)
{
	own(file_ref, f, give(given));

	return (long)at(f)->mode;
}

result(long) given_on(file_ref f)
{
	return fd_publish(give(f), false);
}

result(long) given_on_or_dropped(file_ref given, bool publish)
{
	own(file_ref, f, give(given));

	if (!publish)
		return FAIL(EPERM);
	return fd_publish(give(f), false);
}

static long mode_of(const file_ref *f) { return (long)at(*f)->mode; }

long shown(file_ref given)
{
	own(file_ref, f, give(given));

	return mode_of(&f);
}

void filled_by_pointer(struct fd_table *t, fd_t fd, file_ref *to)
{
	put_in(*to, value_or(fd_get(t, fd), none(file_ref)));
}

void emptied_by_pointer(file_ref *f)
{
	drop(file_ref, *f);
}

file_ref taken_by_pointer(file_ref *f)
{
	return give(*f);
}

void only_if_there(process_ref given)
{
	own(process_ref, p, give(given));

	if (is_none(p))
		return;
	at(p)->actions->child_no_wait = true;
}
