/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the tables that prefix codes are read by (RFC 1951 §3.2.2). */
#include <murre/string.h>
#include "inflate_code.h"

static uint32_t bits_reverse(uint32_t v, unsigned n)
{
	uint32_t r = 0;

	while (n--) {
		r = r << 1 | (v & 1);
		v >>= 1;
	}
	return r;
}

static void fast_fill(struct inflate_code *c, const uint8_t *lengths, unsigned n, const uint16_t *first)
{
	uint16_t next[INFLATE_CODE_BITS_MAX + 1];

	memcpy(next, first, sizeof(next));
	memset(c->fast, 0, sizeof(c->fast));
	for (unsigned s = 0; s < n; s++) {
		unsigned length = lengths[s];

		if (!length)
			continue;
		uint32_t word = bits_reverse(next[length]++, length);
		if (length > INFLATE_FAST_BITS)
			continue;
		for (; word < 1u << INFLATE_FAST_BITS; word += 1u << length)
			c->fast[word] = (uint16_t)(s << 4 | length);
	}
}

/* Words are given out by length, then by symbol. */
bool inflate_code_make(struct inflate_code *c, const uint8_t *lengths, unsigned n)
{
	uint16_t first[INFLATE_CODE_BITS_MAX + 1] = {}, place[INFLATE_CODE_BITS_MAX + 1] = {};
	int open = 1;
	unsigned used = 0;

	memset(c->count, 0, sizeof(c->count));
	for (unsigned s = 0; s < n; s++)
		c->count[lengths[s]]++;
	used = n - c->count[0];
	c->count[0] = 0;
	for (unsigned length = 1; length <= INFLATE_CODE_BITS_MAX; length++) {
		open = 2 * open - c->count[length];
		if (open < 0)
			return false;
		first[length] = (uint16_t)((first[length - 1] + c->count[length - 1]) << 1);
		place[length] = (uint16_t)(place[length - 1] + c->count[length - 1]);
	}
	if (open > 0 && !(used == 0 || (used == 1 && c->count[1] == 1)))
		return false;
	for (unsigned s = 0; s < n; s++)
		if (lengths[s])
			c->symbols[place[lengths[s]]++] = (uint16_t)s;
	fast_fill(c, lengths, n, first);
	return true;
}
