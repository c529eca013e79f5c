/* SPDX-License-Identifier: GPL-2.0-only */
/* Results: TRY inside TRY, values or something else, both arms at hand, passed on as they are. */
#include <murre/file.h>
#include <murre/log.h>
#include <murre/process.h>
#include <murre/slab.h>

result(bytes_box) nested(size_t a, size_t b, size_t c)
{
	RETURNS(bytes_box);

	return bytes_box_new(TRY(size_add(TRY(size_mul(a, b)), c)));
}

result(long) value_or_number(size_t n)
{
	return OK(long, (long)value_or(size_mul(n, n), (size_t)0));
}

long value_or_none(fd_t fd)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));

	return is_none(f) ? -1 : (long)at(f)->mode;
}

void error_does_not_matter(struct fd_table *t, fd_t fd, struct can_sleep cs)
{
	(void)error_of(fd_close(t, fd, cs));
}

result(unit) error_changed(struct fd_table *t, fd_t fd, struct can_sleep cs)
{
	int err = error_of(fd_close(t, fd, cs));

	return unit_result(err == EBADF ? ENOENT : err);
}

size_t both_arms(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));

	if (err) {
		log_warn("%zu is too many", n);
		return 0;
	}
	return bytes;
}

size_t both_arms_at_once(size_t n, bool ok)
{
	attempt(bytes, err, size_mul(n, 4096));

	return ok && !err ? bytes : 0;
}

size_t both_arms_turned_round(size_t n)
{
	attempt(bytes, err, size_mul(n, 4096));

	if (!err && bytes > 4096)
		return bytes;
	return 4096;
}

size_t both_arms_in_loop(size_t n)
{
	for (;; n /= 2) {
		attempt(bytes, err, size_mul(n, 4096));
		if (err == EOVERFLOW)
			continue;
		if (err)
			return 0;
		return bytes;
	}
}

void cannot_fail(void)
{
	own(bytes_box, b, expect(bytes_box_new(16), "memory at start"));

	__builtin_memset(at(b), 0, 16);
}

result(unit) passed_on(struct fd_table *t, fd_t fd, struct can_sleep cs)
{
	return fd_close(t, fd, cs);
}

result(unit) one_or_the_other(struct fd_table *t, fd_t fd, bool any, struct can_sleep cs)
{
	return any ? fd_close(t, fd, cs) : unit_result(EBADF);
}

result(long) kept_and_tried(struct fd_table *t, fd_t fd, struct can_sleep cs)
{
	result(unit) r = fd_close(t, fd, cs);

	if (error_of(r) == EINTR)
		return OK(long, 1);
	TRY(r);
	return OK(long, 0);
}

result(file_ref) until_it_works(struct fd_table *t, fd_t fd, int times)
{
	RETURNS(file_ref);

	for (;;) {
		attempt_own(file_ref, f, err, fd_get(t, fd));
		if (!err)
			return OK(file_ref, give(f));
		if (times-- == 0)
			return FAIL(err);
	}
}

result(long) in_condition(size_t n)
{
	if (TRY(size_add(n, 1)) > 10)
		return FAIL(E2BIG);
	return OK(long, 0);
}
