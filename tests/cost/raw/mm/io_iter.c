/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies between a buffer and the kernel, in the usual case of one piece. */
#include "../twin.h"
#define io_iter_user original_io_iter_user
#define io_put original_io_put
#define io_get original_io_get
#include <mm/io_iter.c>
#undef io_iter_user
#undef io_put
#undef io_get

long raw_io_iter_user(struct io_iter *it, unsigned long base, size_t bytes)
{
	if (unlikely(!user_range_ok(base, bytes)))
		return -EFAULT;
	*it = (struct io_iter){ .base = base, .piece_left = bytes, .left = bytes, .place = IO_USER };
	return 0;
}

static always_inline long raw_simple_done(struct io_iter *it, size_t n)
{
	it->base += n;
	it->piece_left -= n;
	it->left -= n;
	return likely(n) ? (long)n : -EFAULT;
}

/* More than one piece. */
static never_inline long raw_walk(struct io_iter *it, void *kernel, size_t n, enum io_direction dir)
{
	attempt(done, err, io_walk(it, kernel, n, dir));
	return err ? -err : (long)done;
}

long raw_io_put(struct io_iter *it, const void *from, size_t n)
{
	if (unlikely(!is_simple(it, n)))
		return raw_walk(it, (void *)from, n, IO_OUT);
	n = let_through(n);
	return raw_simple_done(it, n - user_put(it->base, from, n));
}

long raw_io_get(struct io_iter *it, void *to, size_t n)
{
	if (unlikely(!is_simple(it, n)))
		return raw_walk(it, to, n, IO_IN);
	n = let_through(n);
	return raw_simple_done(it, n - user_get(to, it->base, n));
}
