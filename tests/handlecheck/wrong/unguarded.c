/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners without the guard that ends them with their scope. */
#include <murre/file.h>
#include <murre/process.h>

result(long) plain_variable(fd_t fd)
{
	file_ref f = TRY(fd_get(current_files(), fd)); // wrong: [handle-unguarded]

	return OK(long, (long)at(f)->mode);
}

result(long) plain_but_given(fd_t fd)
{
	file_ref f = TRY(fd_get(current_files(), fd)); // wrong: [handle-unguarded]

	return fd_publish(give(f), false);
}

result(long) leak_on_an_early_return(fd_t fd)
{
	file_ref f = TRY(fd_get(current_files(), fd)); // wrong: [handle-unguarded]

	if (at(f)->mode & FILE_PATH_ONLY)
		return FAIL(EBADF);
	return fd_publish(give(f), false);
}

result(long) in_a_loop(fd_t fd, int n)
{
	long sum = 0;

	for (int i = 0; i < n; i++) {
		file_ref f = TRY(fd_get(current_files(), fd)); // wrong: [handle-unguarded]
		sum += (long)at(f)->mode;
	}
	return OK(long, sum);
}

struct pair { file_ref from, to; };

result(long) in_a_structure(fd_t fd)
{
	struct pair p = {}; // wrong: [handle-unguarded]

	p.from = TRY(fd_get(current_files(), fd));
	return OK(long, (long)at(p.from)->mode);
}

unsigned in_an_array(struct process *p)
{
	process_ref many[4] = {}; // wrong: [handle-unguarded]

	for (unsigned i = 0; i < 4; i++)
		many[i] = process_share(p);
	return refcount_read(&at(many[0])->refs);
}

result(long) by_auto_type(fd_t fd)
{
	__auto_type f = TRY(fd_get(current_files(), fd)); // wrong: [handle-unguarded]

	return OK(long, (long)at(f)->mode);
}
