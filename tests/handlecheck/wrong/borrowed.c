/* SPDX-License-Identifier: GPL-2.0-only */
/* Pointers that outlive the handle they were borrowed from. */
#include <murre/file.h>
#include <murre/process.h>

result(long) after_giving(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	struct file *raw = at(f);

	TRY(fd_publish(give(f), false));
	return OK(long, (long)raw->mode); // wrong: [borrow-outlived]
}

result(long) after_dropping(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	struct file *raw = at(f);

	drop(file_ref, f);
	return OK(long, (long)raw->mode); // wrong: [borrow-outlived]
}

struct process *out_of_the_function(pid_nr_t nr)
{
	own(process_ref, p, process_find(nr));

	return at(p); // wrong: [borrow-outlived]
}

long out_of_the_block(pid_nr_t nr)
{
	struct process *raw;
	{
		own(process_ref, p, process_find(nr));
		raw = at(p);
	}
	return raw ? refcount_read(&raw->refs) : 0; // wrong: [borrow-outlived]
}

result(long) out_of_the_round(fd_t fd, int n)
{
	struct file *last = NULL;

	for (int i = 0; i < n; i++) {
		own(file_ref, f, TRY(fd_get(current_files(), fd)));
		if (last == at(f))
			break;
		last = at(f);
	}
	return OK(long, last ? (long)last->mode : 0); // wrong: [borrow-outlived]
}

result(long) through_a_member(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	struct inode *i = at(f)->inode; // missed: what hangs on a borrowed object is not followed

	TRY(fd_publish(give(f), false));
	return OK(long, (long)i->ino);
}
