/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends of structures, in part by others' ends; conditions that come back in another form. */
#include <murre/file.h>
#include <murre/process.h>

struct copying { file_ref from, to; };
struct job { struct copying one, two; pid_ref on_behalf_of; };

static void copying_end(struct copying *c)
{
	drop(file_ref, c->from);
	if (!is_none(c->to))
		drop(file_ref, c->to);
}

static void job_end(struct job *j)
{
	copying_end(&j->one);
	copying_end(&j->two);
	drop(pid_ref, j->on_behalf_of);
}

long all_are_ended(fd_t from)
{
	struct job j ended_by(job_end) = { .one.from = value_or(fd_get(current_files(), from), none(file_ref)) };

	return is_none(j.one.from);
}

result(long) the_same_bound_twice(fd_t fd, int n)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (n > 3)
		return fd_publish(give(f), false);
	if (n <= 3)
		return OK(long, (long)at(f)->mode);
	return OK(long, 0);
}

result(long) a_flag_remembers(fd_t fd, bool publish)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	bool is_gone = false;
	long nr = 0;

	if (publish) {
		nr = TRY(fd_publish(give(f), false));
		is_gone = true;
	}
	if (!is_gone)
		nr = (long)at(f)->mode;
	return OK(long, nr);
}

result(long) the_last_of_a_loop(struct fd_table *t)
{
	own(file_ref, last, none(file_ref));
	int fd = 0;
	bool close_on_exec;

	for (;;) {
		own(file_ref, f, fd_next(t, &fd, &close_on_exec));
		if (is_none(f))
			break;
		drop(file_ref, last);
		last = give(f);
		fd++;
	}
	return is_none(last) ? FAIL(EBADF) : OK(long, (long)at(last)->mode);
}

void read_int(const int *from);

result(long) tested_before_its_address_is_taken(struct fd_table *t, fd_t fd)
{
	attempt(flags, err, fd_get_flags(t, fd));

	if (err)
		return FAIL(err);
	read_int(&flags);
	return OK(long, flags);
}
