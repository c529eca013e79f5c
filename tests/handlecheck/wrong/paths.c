/* SPDX-License-Identifier: GPL-2.0-only */
/* Moves that only some paths make, or that other names hide. */
#include <murre/file.h>

struct pair_of_files { file_ref a, b; };
struct row { struct pair_of_files in[2]; struct row *next; };
void take(file_ref f);
void look(const struct file *f);
bool chosen(int round);

#define GIVE_IF(condition, h) do { if (condition) take(give(h)); } while (0)

result(long) twice_by_a_macro(fd_t fd, bool all)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	GIVE_IF(all, f);
	GIVE_IF(all, f); // wrong: [handle-moved]
	return OK(long, 0);
}

result(long) one_arm_of_a_choice(fd_t fd, bool all)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	all ? take(give(f)) : look(at(f));
	look(at(f)); // wrong: [handle-moved]
	return OK(long, 0);
}

result(long) case_that_falls_through(fd_t fd, int what)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	switch (what) {
	case 1:
		take(give(f));
		[[fallthrough]];
	case 2:
		look(at(f)); // wrong: [handle-moved]
	}
	return OK(long, 0);
}

void another_name_of_the_field(struct row *r)
{
	struct pair_of_files *second = &r->in[1];

	take(give(second->a));
	look(at(r->in[1].a)); // wrong: [handle-moved]
}

void the_next_one_round(struct row *r)
{
	take(give(r->next->in[0].b));
	look(at(r->next->in[0].b)); // wrong: [handle-moved]
}

result(long) kept_from_one_round(fd_t fd, int rounds)
{
	const struct file *kept = NULL;

	for (int i = 0; i < rounds; i++) {
		own(file_ref, f, TRY(fd_get(current_files(), fd)));
		if (i == 2)
			kept = at(f);
	}
	if (kept)
		look(kept); // wrong: [borrow-outlived]
	return OK(long, 0);
}

result(long) loop_that_goes_on_after_the_move(fd_t fd, int rounds)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	while (rounds--) {
		if (chosen(rounds)) {
			take(give(f)); // wrong: [handle-moved]
			continue;
		}
		look(at(f)); // wrong: [handle-moved]
	}
	return OK(long, 0);
}
