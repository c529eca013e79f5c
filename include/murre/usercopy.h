/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the kernel and the calling program's memory, and struct io_iter: a buffer for
 * reading or writing that may lie in user memory (in several pieces) or in the kernel. All may
 * fault and sleep; EFAULT when the memory does not take it.
 */
#pragma once
#include <murre/base/address.h>
#include <murre/base/checked.h>
#include <murre/base/user.h>
#include <murre/inject.h>
#include <murre/lock.h>
#include <murre/string.h>
#include <arch/mmu.h>
#include <arch/usercopy.h>
#include <linux/uio.h>

/* Whole range below USER_TOP? One comparison; says nothing about mappings. */
static inline bool user_range_ok(uintptr_t from, size_t n) { return n <= USER_TOP && from <= USER_TOP - n; }

result(unit) copy_from_user(void *to, user_addr from, size_t n, struct can_sleep cs);
result(unit) copy_to_user(user_addr to, const void *from, size_t n, struct can_sleep cs);
result(unit) clear_user(user_addr to, size_t n, struct can_sleep cs);

/* copy_in(&k, u): *k from user(T) u, same T on both sides. copy_out(u, &k). Small sizes are
 * inlined. */
#define copy_in(kptr, u) ({ \
	user_type_check(kptr, u); \
	user_read_check(u); \
	user_read_sized((kptr), user_value(u), sizeof(*(kptr)), cs); })
#define copy_out(u, kptr) ({ \
	user_type_check(kptr, u); \
	user_write_check(u); \
	user_write_sized(user_value(u), (kptr), sizeof(*(kptr)), cs); })
/* copy_in_array(k, u, n): n elements, the product checked. */
#define copy_in_array(kptr, u, n) ({ \
	user_type_check(kptr, u); \
	user_read_check(u); \
	user_read_array((kptr), user_value(u), sizeof(*(kptr)), (n), cs); })
#define copy_out_array(u, kptr, n) ({ \
	user_type_check(kptr, u); \
	user_write_check(u); \
	user_write_array(user_value(u), (kptr), sizeof(*(kptr)), (n), cs); })
result(unit) user_read_array(void *to, uintptr_t from, size_t size, size_t n, struct can_sleep cs);
result(unit) user_write_array(uintptr_t to, const void *from, size_t size, size_t n,
			      struct can_sleep cs);

static always_inline result(unit) user_read_sized(void *to, uintptr_t from, size_t n,
						  struct can_sleep cs)
{
	uint64_t word;

	if (!__builtin_constant_p(n) || (n != 1 && n != 2 && n != 4 && n != 8))
		return copy_from_user(to, user_addr_from(from), n, cs);
	if (unlikely(!user_range_ok(from, n) || failure_due(INJECT_COPY) || arch_get_user(&word, from, n)))
		return unit_result(EFAULT);
	__builtin_memcpy(to, &word, n);
	return DONE;
}

static always_inline result(unit) user_write_sized(uintptr_t to, const void *from, size_t n,
						   struct can_sleep cs)
{
	uint64_t word = 0;

	if (!__builtin_constant_p(n) || (n != 1 && n != 2 && n != 4 && n != 8))
		return copy_to_user(user_addr_from(to), from, n, cs);
	__builtin_memcpy(&word, from, n);
	if (unlikely(!user_range_ok(to, n) || failure_due(INJECT_COPY) || arch_put_user(word, to, n)))
		return unit_result(EFAULT);
	return DONE;
}

/* Copies a string with its NUL into to[cap]; the length without NUL. ENAMETOOLONG: no NUL in cap
 * bytes. */
result(size_t) copy_string_from_user(char *to, size_t cap, user_cstr from, struct can_sleep cs);

/* Buffers. ------------------------------------------------------------------------------------- */

struct io_piece { uintptr_t base; size_t bytes; };
enum io_place { IO_USER, IO_KERNEL };

/* `left` bytes from `at_` in the current piece on; pieces after it follow in `next`. Advanced by
 * the copies. */
struct io_iter {
	uintptr_t base;			/* of what is left of the current piece */
	size_t piece_left;
	size_t left;			/* in all pieces */
	const struct io_piece *next;
	enum io_place place;
};

/* One user buffer; EFAULT when it lies above user space (as access_ok would say). */
result(unit) io_iter_user(struct io_iter *it, user_addr base, size_t bytes);
static inline struct io_iter io_iter_kernel(const void *base, size_t bytes)
{
	return (struct io_iter){ .base = pointer_value(base), .piece_left = bytes, .left = bytes, .place = IO_KERNEL };
}
/* pieces must outlive the iterator. Total is checked against the maximum of one transfer by the
 * caller. */
struct io_iter io_iter_pieces(const struct io_piece *pieces, size_t count, size_t total);
#define IO_BYTES_MAX 0x7ffff000ul	/* of one call, read(2) NOTES */

/* Copy up to n bytes (at most left) into or out of the buffer and advance it; the count done.
 * EFAULT only when nothing could be copied though something was asked for. */
result(size_t) io_put(struct io_iter *it, const void *from, size_t n, struct can_sleep cs);
result(size_t) io_get(struct io_iter *it, void *to, size_t n, struct can_sleep cs);
result(size_t) io_put_zeros(struct io_iter *it, size_t n, struct can_sleep cs);
/* Skips n bytes (at most left). */
void io_advance(struct io_iter *it, size_t n);
