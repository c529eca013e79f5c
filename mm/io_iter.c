/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers for reading and writing (struct io_iter, murre/usercopy.h): a walk over pieces of user or
 * kernel memory. The iterator is its caller's own, nothing here is shared.
 */
#include <murre/inject.h>
#include <murre/base/access.h>
#include <murre/string.h>
#include <murre/usercopy.h>

enum io_direction { IO_OUT, IO_IN, IO_ZERO };

static inline void advance_in_piece(struct io_iter *it, size_t n);
static void kernel_piece_copy(void *piece, void *kernel, size_t n, enum io_direction dir);

result(unit) io_iter_user(struct io_iter *it, user_addr base, size_t bytes)
{
	RETURNS(unit);
	if (unlikely(!user_range_ok(user_value(base), bytes)))
		return FAIL(EFAULT);
	*it = (struct io_iter){ .base = user_value(base), .piece_left = bytes, .left = bytes, .place = IO_USER };
	return DONE;
}

struct io_iter io_iter_pieces(const struct io_piece *pieces, size_t count, size_t total)
{
	struct io_iter it = { .left = total, .next = pieces, .place = IO_USER };

	if (count > 0)
		advance_in_piece(&it, 0);
	return it;
}

/* n is at most what is left of the piece; empty pieces that follow are skipped. */
static inline void advance_in_piece(struct io_iter *it, size_t n)
{
	it->base += n;
	it->piece_left -= n;
	it->left -= n;
	while (unlikely(it->piece_left == 0 && it->left > 0)) {
		it->base = it->next->base;
		it->piece_left = min(it->next->bytes, it->left);
		it->next++;
	}
}

/* Of n bytes those before an injected fault. */
static always_inline size_t let_through(size_t n)
{
	if (failure_due(INJECT_COPY))
		return 0;
	return failure_due(INJECT_SHORT) ? n / 2 : n;
}

/* The bytes that were left over. */
static always_inline size_t user_put(uintptr_t to, const void *from, size_t n)
{
	memory_reads(from, n);
	return arch_copy_to_user(to, from, n);
}

static always_inline size_t user_get(void *to, uintptr_t from, size_t n)
{
	memory_writes(to, n);
	return arch_copy_from_user(to, from, n);
}

/* How much of n bytes, all in the current piece, could be copied. The direction is a constant. */
static always_inline size_t io_piece_copy(struct io_iter *it, void *kernel, size_t n,
					  enum io_direction dir)
{
	if (unlikely(it->place != IO_USER)) {
		kernel_piece_copy((void *)it->base, kernel, n, dir);
		return n;
	}
	if (unlikely(!user_range_ok(it->base, n)))
		return 0;
	n = let_through(n);
	if (dir == IO_OUT)
		return n - user_put(it->base, kernel, n);
	if (dir == IO_IN)
		return n - user_get(kernel, it->base, n);
	return n - arch_clear_user(it->base, n);
}

static always_inline result(size_t)
	io_walk(struct io_iter *it, void *kernel, size_t n, enum io_direction dir)
{
	RETURNS(size_t);
	size_t done = 0;

	n = min(n, it->left);
	while (done < n) {
		size_t part = min(n - done, it->piece_left);
		size_t copied = io_piece_copy(it, kernel ? (char *)kernel + done : NULL, part, dir);

		advance_in_piece(it, copied);
		done += copied;
		if (unlikely(copied < part))
			break;
	}
	return likely(done || n == 0) ? OK(size_t, done) : FAIL(EFAULT);
}

/* The usual case: a part of one piece of user memory, or all that is left of the last one. */
static always_inline bool is_simple(const struct io_iter *it, size_t n)
{
	return it->place == IO_USER && n - 1 < it->left &&
	       (n < it->piece_left || (n == it->piece_left && n == it->left)) &&
	       user_range_ok(it->base, n);
}

static always_inline result(size_t) simple_done(struct io_iter *it, size_t n)
{
	RETURNS(size_t);
	it->base += n;
	it->piece_left -= n;
	it->left -= n;
	return likely(n) ? OK(size_t, n) : FAIL(EFAULT);
}

static never_inline result(size_t) io_put_pieces(struct io_iter *it, const void *from, size_t n)
{
	return io_walk(it, (void *)from, n, IO_OUT);
}

static never_inline result(size_t) io_get_pieces(struct io_iter *it, void *to, size_t n)
{
	return io_walk(it, to, n, IO_IN);
}

result(size_t) io_put(struct io_iter *it, const void *from, size_t n, struct can_sleep cs)
{
	if (unlikely(!is_simple(it, n)))
		return io_put_pieces(it, from, n);
	n = let_through(n);
	return simple_done(it, n - user_put(it->base, from, n));
}

result(size_t) io_get(struct io_iter *it, void *to, size_t n, struct can_sleep cs)
{
	if (unlikely(!is_simple(it, n)))
		return io_get_pieces(it, to, n);
	n = let_through(n);
	return simple_done(it, n - user_get(to, it->base, n));
}

result(size_t) io_put_zeros(struct io_iter *it, size_t n, struct can_sleep cs)
{
	return io_walk(it, NULL, n, IO_ZERO);
}

void io_advance(struct io_iter *it, size_t n)
{
	n = min(n, it->left);
	while (n > 0) {
		size_t part = min(n, it->piece_left);

		advance_in_piece(it, part);
		n -= part;
	}
}

static never_inline void kernel_piece_copy(void *piece, void *kernel, size_t n,
					   enum io_direction dir)
{
	if (dir == IO_OUT)
		memcpy(piece, kernel, n);
	else if (dir == IO_IN)
		memcpy(kernel, piece, n);
	else
		memset(piece, 0, n);
}
