/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic on sizes and offsets that came from outside: EOVERFLOW instead of a wrapped value. */
#pragma once
#include <murre/base/result.h>

/* Nothing is larger; it keeps clear of the numbers of errors (result.h). */
#define SIZE_MOST (SIZE_MAX - PAGE_SIZE + 1)

static inline result(size_t) size_add(size_t a, size_t b)
{
	RETURNS(size_t);
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum) || sum > SIZE_MOST)
		return FAIL(EOVERFLOW);
	return OK(size_t, sum);
}

static inline result(size_t) size_mul(size_t a, size_t b)
{
	RETURNS(size_t);
	size_t product;

	if (__builtin_mul_overflow(a, b, &product) || product > SIZE_MOST)
		return FAIL(EOVERFLOW);
	return OK(size_t, product);
}

/* Bytes of n elements of T. */
#define array_bytes(T, n) size_mul(sizeof(T), (n))

/* Page-aligned size; EOVERFLOW above the largest. */
static inline result(size_t) size_to_pages(size_t n)
{
	RETURNS(size_t);
	return OK(size_t, TRY(size_add(n, PAGE_SIZE - 1)) & PAGE_MASK);
}

static inline result(loff_t) offset_add(loff_t a, int64_t b)
{
	RETURNS(loff_t);
	loff_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return FAIL(EOVERFLOW);
	return OK(loff_t, sum);
}
