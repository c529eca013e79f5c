/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting bits without the compiler's library. */
#pragma once
#include <stdint.h>

/* How many bits are set: sums of neighbouring fields, then of all bytes by one multiplication. */
static inline unsigned bits_count(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555ul;
	v = (v & 0x3333333333333333ul) + (v >> 2 & 0x3333333333333333ul);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0ful;
	return v * 0x0101010101010101ul >> 56;
}
