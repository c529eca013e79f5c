/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners that end with their scope: early returns, loops, nested blocks, switches. */
#include <murre/file.h>
#include <murre/process.h>

result(long) one_owner(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return OK(long, (long)at(f)->mode);
}

result(long) early_return(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (!(at(f)->mode & FILE_READ))
		return FAIL(EBADF);
	if (at(f)->mode & FILE_PATH_ONLY)
		return FAIL(EINVAL);
	return OK(long, (long)at(f)->flags);
}

result(long) two_owners(fd_t a, fd_t b)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));
	own(file_ref, g, TRY(fd_get(current_files(), b)));

	return OK(long, at(f) == at(g));
}

result(long) owner_in_loop(fd_t fd, int n)
{
	long sum = 0;

	for (int i = 0; i < n; i++) {
		own(file_ref, f, TRY(fd_get(current_files(), (fd_t){ fd.nr + i })));
		if (!at(f)->inode)
			continue;
		if (at(f)->mode & FILE_PATH_ONLY)
			break;
		sum += (long)at(f)->inode->ino;
	}
	return OK(long, sum);
}

unsigned all_files(struct fd_table *t)
{
	unsigned n = 0;
	bool cloexec;

	for (int fd = 0;; fd++) {
		own(file_ref, f, fd_next(t, &fd, &cloexec));
		if (is_none(f))
			return n;
		n += !cloexec;
	}
}

result(long) owner_in_switch(fd_t fd, int what)
{
	switch (what) {
	case 0: {
		own(file_ref, f, TRY(fd_get(current_files(), fd)));
		return OK(long, (long)at(f)->mode);
	}
	case 1: {
		own(file_ref, f, TRY(fd_get_any(current_files(), fd)));
		if (at(f)->inode)
			return OK(long, (long)at(f)->inode->ino);
		break;
	}
	default:
		return FAIL(EINVAL);
	}
	return OK(long, 0);
}

long nested_blocks(pid_nr_t nr)
{
	long sum = 0;
	{
		own(process_ref, p, process_find(nr));
		if (!is_none(p)) {
			own(thread_ref, t, process_leader(at(p)));
			if (!is_none(t))
				sum = at(t)->task.cred != NULL;
		}
	}
	own(process_ref, again, process_find(nr));
	return sum + !is_none(again);
}

result(long) none_until_needed(struct fd_table *t, fd_t fd, bool wanted)
{
	own(file_ref, f, none(file_ref));

	if (wanted)
		f = TRY(fd_get(t, fd));
	return OK(long, is_none(f) ? 0 : (long)at(f)->mode);
}

result(long) retry(fd_t fd, int times)
{
	for (;;) {
		own(file_ref, f, TRY(fd_get(current_files(), fd)));
		if (at(f)->version > 0 || times-- == 0)
			return OK(long, (long)at(f)->version);
	}
}

static void visit(const struct file *f, long *sum) { *sum += f->flags; }

result(long) lent_to_function(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	long sum = 0;

	visit(at(f), &sum);
	visit(at(f), &sum);
	return OK(long, sum);
}

result(long) borrowed_pointer(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	struct inode *i = at(f)->inode;

	while (i && i->nlink == 0)
		i = NULL;
	return OK(long, i ? (long)i->ino : 0);
}
