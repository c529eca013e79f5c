/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of results that may have failed. */
#include <murre/file.h>
#include <murre/slab.h>

size_t without_a_look(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));

	return bytes; // wrong: [result-unchecked]
}

size_t before_the_look(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));
	size_t pages = bytes / 4096; // wrong: [result-unchecked]

	return err ? 0 : pages;
}

size_t in_the_wrong_arm(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));

	if (err)
		return bytes; // wrong: [result-unchecked]
	return 0;
}

size_t one_errno_among_others(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));

	if (err == ENOMEM)
		return 0;
	return bytes; // wrong: [result-unchecked]
}

size_t the_other_errno(size_t a, size_t b)
{
	attempt(x, err_x, size_mul(a, 8));
	attempt(y, err_y, size_mul(b, 8));

	if (err_x)
		return 0;
	return x + y; // wrong: [result-unchecked]
}

size_t both_or_one(size_t a, size_t b)
{
	attempt(x, err_x, size_mul(a, 8));
	attempt(y, err_y, size_mul(b, 8));

	if (err_x && err_y)
		return 0;
	return x; // wrong: [result-unchecked]
}

result(unit) handle_without_a_look(fd_t fd)
{
	attempt_own(file_ref, f, err, fd_get(current_files(), fd));

	at(f)->version++; // wrong: [result-unchecked]
	return unit_result(err);
}

result(long) handle_in_the_wrong_arm(fd_t fd)
{
	attempt_own(file_ref, f, err, fd_get(current_files(), fd));

	if (err)
		return fd_publish(give(f), false); // missed: a handle that is none is given on, which some functions take
	return OK(long, 0);
}
