/* SPDX-License-Identifier: GPL-2.0-only */
/* The bits of deflate data and the prefix codes in them (RFC 1951 §3.1, §3.2). */
#pragma once
#include <murre/inflate.h>

/* A code from the lengths of its words, by symbol; 0: the symbol has none. False: more words than there can be, or fewer,
 * unless it is the one word that a code of a single symbol has. */
bool inflate_code_make(struct inflate_code *c, const uint8_t *lengths, unsigned n);

/* Bits. ------------------------------------------------------------------------------------------------------------ */

/* Near the end, byte by byte; beyond it, zeros. */
static inline void refill_end(struct inflate *z)
{
	while (z->bit_count <= 56) {
		if (z->in < z->in_end)
			z->bits |= (uint64_t)*z->in++ << z->bit_count;
		else
			z->bits_beyond += 8;
		z->bit_count += 8;
	}
}

/* At least 56 bits are there afterwards. Whole words are read; of the bytes that do not fit completely, the same bits
 * are read again the next time. */
static inline void refill(struct inflate *z)
{
	uint64_t w;

	if (unlikely(z->in_end - z->in < 8)) {
		refill_end(z);
		return;
	}
	__builtin_memcpy(&w, z->in, 8);
	z->bits |= w << z->bit_count;
	z->in += (63 - z->bit_count) >> 3;
	z->bit_count |= 56;
}

static inline bool is_beyond(const struct inflate *z) { return z->bits_beyond > z->bit_count; }

static inline uint32_t bits_peek(const struct inflate *z, unsigned n) { return (uint32_t)(z->bits & ((1ull << n) - 1)); }

static inline void bits_drop(struct inflate *z, unsigned n)
{
	z->bits >>= n;
	z->bit_count -= n;
}

/* n <= 16 */
static inline uint32_t bits_take(struct inflate *z, unsigned n)
{
	refill(z);
	uint32_t v = bits_peek(z, n);
	bits_drop(z, n);
	return v;
}

/* The next symbol; -1: no such word. At least 15 bits are there. */
static inline int symbol_take(struct inflate *z, const struct inflate_code *c)
{
	uint16_t entry = c->fast[bits_peek(z, INFLATE_FAST_BITS)];
	int word = 0, first = 0, place = 0;

	if (likely(entry)) {
		bits_drop(z, entry & 15);
		return entry >> 4;
	}
	for (unsigned length = 1; length <= INFLATE_CODE_BITS_MAX; length++) {
		int count = c->count[length];

		word |= (int)(z->bits >> (length - 1) & 1);
		if (word - first < count) {
			bits_drop(z, length);
			return c->symbols[place + word - first];
		}
		place += count;
		first = (first + count) << 1;
		word <<= 1;
	}
	return -1;
}
