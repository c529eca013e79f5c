/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles that live in structures and arrays, which own them until they are given on or dropped. */
#include <murre/file.h>
#include <murre/pipe.h>
#include <murre/slab.h>

struct pair { file_ref from, to; };
static void pair_end(struct pair *p)
{
	drop(file_ref, p->from);
	drop(file_ref, p->to);
}

result(long) structure_on_the_stack(fd_t a, fd_t b)
{
	defer(pair_end, struct pair, p, (struct pair){});

	p.from = TRY(fd_get(current_files(), a));
	p.to = TRY(fd_get(current_files(), b));
	return OK(long, at(p.from) == at(p.to));
}

result(long) both_ends(uint32_t flags)
{
	defer(pipe_ends_end, struct pipe_ends, ends, (struct pipe_ends){});

	TRY(pipe_open(flags, &ends));
	long reader = TRY(fd_publish(give(ends.reader), false));
	TRY(fd_publish(give(ends.writer), false));
	return OK(long, reader);
}

struct watch { file_ref file; struct watch *next; };
DEFINE_BOX(watch, struct watch)

result(watch_box) into_a_new_object(fd_t fd)
{
	RETURNS(watch_box);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	own(watch_box, w, TRY(watch_box_new()));

	put_in(at(w)->file, give(f));
	return OK(watch_box, give(w));
}

file_ref out_of_an_object(struct watch *w)
{
	return give(w->file);
}

void replaced_in_an_object(struct watch *w, file_ref f)
{
	drop(file_ref, w->file);
	w->file = give(f);
}

file_ref swapped(struct watch *w, file_ref given)
{
	own(file_ref, f, give(given));
	own(file_ref, old, give(w->file));

	w->file = give(f);
	return give(old);
}

unsigned list_of_them(struct watch *first)
{
	unsigned n = 0;

	for (struct watch *w = first; w; w = w->next)
		n += !is_none(w->file) && at(w->file)->mode & FILE_READ;
	return n;
}

struct table { unsigned count; file_ref files[8]; };

void array_filled(struct table *t, file_ref f)
{
	if (t->count < array_size(t->files))
		put_in(t->files[t->count++], give(f));
	else
		drop(file_ref, f);
}

void array_emptied(struct table *t)
{
	while (t->count > 0)
		drop(file_ref, t->files[--t->count]);
}

file_ref taken_from_array(struct table *t, unsigned i)
{
	return i < t->count ? give(t->files[i]) : none(file_ref);
}
