/* SPDX-License-Identifier: GPL-2.0-only */
/* Two owners of one reference: the second release frees what the first one's holder still uses. */
#include <murre/file.h>
#include <murre/process.h>

result(long) into_a_variable(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	own(file_ref, g, f); // wrong: [handle-copied]

	return OK(long, at(f) == at(g));
}

result(long) into_a_function(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return fd_publish(f, false); // wrong: [handle-copied]
}

result(file_ref) into_the_result(fd_t fd)
{
	RETURNS(file_ref);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	return OK(file_ref, f); // wrong: [handle-copied]
}

process_ref returned(pid_nr_t nr)
{
	own(process_ref, p, process_find(nr));

	return p; // wrong: [handle-copied]
}

struct holder { file_ref file; unsigned n; };

result(unit) into_a_field(struct holder *h, fd_t fd)
{
	RETURNS(unit);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	h->file = f; // wrong: [handle-copied]
	return DONE;
}

result(long) out_of_a_field(struct holder *h)
{
	own(file_ref, f, h->file); // wrong: [handle-copied]

	return OK(long, (long)at(f)->mode);
}

void whole_structure(struct holder *to, const struct holder *from)
{
	*to = *from; // wrong: [handle-copied]
}

file_ref behind_a_pointer(const file_ref *f)
{
	return *f; // wrong: [handle-copied]
}

result(long) into_a_list_of_values(fd_t fd, void (*use)(const struct holder *))
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	use(&(struct holder){ .file = f }); // wrong: [handle-copied]
	return OK(long, 0);
}

result(long) one_of_two(fd_t a, fd_t b, bool first)
{
	own(file_ref, f, TRY(fd_get(current_files(), a)));
	own(file_ref, g, TRY(fd_get(current_files(), b)));

	return fd_publish(first ? f : g, false); // wrong: [handle-copied]
}

struct filed { file_ref file; int n; };

void as_bytes(struct filed *to, const struct filed *from)
{
	__builtin_memcpy(to, from, sizeof(*to)); // wrong: [handle-copied]
}
