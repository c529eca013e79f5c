/* SPDX-License-Identifier: GPL-2.0-only */
/* a * b / c with the product in full; the quotient must fit. */
#pragma once
#include <murre/base/types.h>

static inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t low, high, quotient, rest;

	__asm__("mulq %[b]" : "=a"(low), "=d"(high) : "a"(a), [b] "r"(b));
	__asm__("divq %[c]" : "=a"(quotient), "=d"(rest) : "a"(low), "d"(high), [c] "r"(c));
	return quotient;
}
