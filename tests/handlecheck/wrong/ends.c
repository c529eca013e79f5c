/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends of structures that forget a handle; owners that are no references; fields that may own already. */
#include <murre/file.h>
#include <murre/process.h>

struct copying { file_ref from, to; pid_ref on_behalf_of; };

static void copying_end(struct copying *c) // wrong: [handle-unended]
{
	drop(file_ref, c->from);
	drop(pid_ref, c->on_behalf_of);
}

long one_is_forgotten(fd_t from)
{
	struct copying c ended_by(copying_end) = { .from = value_or(fd_get(current_files(), from), none(file_ref)) };

	return is_none(c.from);
}

struct lending { file_ref file; bool is_lent; };

static void lending_end(struct lending *l) // wrong: [handle-unended]
{
	if (l->is_lent)
		return;
	drop(file_ref, l->file);
}

long not_by_every_path(fd_t fd)
{
	struct lending l ended_by(lending_end) = { .file = value_or(fd_get(current_files(), fd), none(file_ref)) };

	return is_none(l.file);
}

result(long) slot_without_its_end(void)
{
	fd_slot s = TRY(fd_reserve(0, false)); // wrong: [handle-unguarded]

	return OK(long, s.fd.nr);
}

result(long) loan_copied(fd_t fd)
{
	own_loan(mine, TRY(fd_loan(fd)));
	own_loan(yours, mine); // wrong: [handle-copied]

	return OK(long, loaned(yours)->mode);
}

void field_that_may_own(struct lending *l, file_ref given)
{
	own(file_ref, f, give(given));

	l->file = give(f); // wrong: [handle-overwritten]
}

void put_into_what_owns(struct lending *l, file_ref given)
{
	own(file_ref, f, give(given));

	drop(file_ref, l->file);
	l->file = file_share(at(f));
	put_in(l->file, give(f)); // wrong: [handle-overwritten]
}

void fill_int(int *to);

result(long) untested_and_its_address_taken(struct fd_table *t, fd_t fd)
{
	attempt(flags, err, fd_get_flags(t, fd));

	fill_int(&flags); // wrong: [result-unchecked]
	return OK(long, err);
}
