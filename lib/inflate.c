/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deflate (RFC 1951) in a gzip wrapper (RFC 1952). Output is collected in a buffer of two windows; when it is full, the
 * sink gets what it has not seen and the last window moves to the front, where matches reach back to. Input beyond the
 * end reads as zeros that are counted, so that the inner loops test for the end once per symbol.
 */
#include <murre/inflate.h>
#include <murre/string.h>

#define LITERALS 288
#define DISTANCES 30
#define END_OF_BLOCK 256

static enum inflate_status gzip_header_skip(struct inflate *z);
static enum inflate_status blocks_read(struct inflate *z);
static enum inflate_status stored_read(struct inflate *z);
static enum inflate_status codes_read(struct inflate *z);
static enum inflate_status symbols_read(struct inflate *z);
static void codes_fix(struct inflate *z);
static bool flush(struct inflate *z);

/* Bits. ------------------------------------------------------------------------------------------------------------ */

/* At least 32 bits are there afterwards. */
static inline void refill(struct inflate *z)
{
	while (z->bit_count <= 56) {
		if (likely(z->in < z->in_end))
			z->bits |= (uint64_t)*z->in++ << z->bit_count;
		else
			z->bits_beyond += 8;
		z->bit_count += 8;
	}
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

/* To the next byte of the input; read-ahead goes back. */
static void bytes_align(struct inflate *z)
{
	unsigned ahead;

	bits_drop(z, z->bit_count % 8);
	ahead = z->bit_count - min(z->bits_beyond, z->bit_count);
	z->in -= ahead / 8;
	z->bits = 0;
	z->bit_count = z->bits_beyond = 0;
}

/* The member. ------------------------------------------------------------------------------------------------------ */

static uint32_t le32_at(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

enum inflate_status inflate_gzip(struct inflate *z, const uint8_t *in, size_t n, size_t *used,
				 bool (*put)(void *context, const void *bytes, size_t n), void *context)
{
	enum inflate_status status;

	z->in = in;
	z->in_end = in + n;
	z->bits = z->bit_count = z->bits_beyond = 0;
	z->crc = z->total = 0;
	z->filled = z->flushed = 0;
	z->put = put;
	z->context = context;

	status = gzip_header_skip(z);
	if (status == INFLATE_OK)
		status = blocks_read(z);
	if (status == INFLATE_OK && !flush(z))
		status = INFLATE_STOPPED;
	bytes_align(z);
	if (status == INFLATE_OK) {
		if (z->in_end - z->in < 8)
			status = INFLATE_TRUNCATED;
		else if (le32_at(z->in) != z->crc || le32_at(z->in + 4) != z->total)
			status = INFLATE_CHECKSUM;
		if (status != INFLATE_TRUNCATED)
			z->in += 8;
	}
	*used = (size_t)(z->in - in);
	return status;
}

static bool string_skip(struct inflate *z)
{
	const uint8_t *end = memchr(z->in, 0, (size_t)(z->in_end - z->in));

	if (!end)
		return false;
	z->in = end + 1;
	return true;
}

static bool skip(struct inflate *z, size_t n)
{
	if ((size_t)(z->in_end - z->in) < n)
		return false;
	z->in += n;
	return true;
}

/* RFC 1952 §2.3: the optional fields are of no interest here. */
static enum inflate_status gzip_header_skip(struct inflate *z)
{
	enum { HAS_CRC = 2, HAS_EXTRA = 4, HAS_NAME = 8, HAS_COMMENT = 16, RESERVED = 0xe0 };
	const uint8_t *h = z->in;

	if (!inflate_is_gzip(h, (size_t)(z->in_end - h)))
		return INFLATE_NOT_GZIP;
	if (!skip(z, 10))
		return INFLATE_TRUNCATED;
	if (h[2] != 8 || h[3] & RESERVED)
		return INFLATE_CORRUPT;
	if (h[3] & HAS_EXTRA && !(skip(z, 2) && skip(z, z->in[-2] | (size_t)z->in[-1] << 8)))
		return INFLATE_TRUNCATED;
	if ((h[3] & HAS_NAME && !string_skip(z)) || (h[3] & HAS_COMMENT && !string_skip(z)) || (h[3] & HAS_CRC && !skip(z, 2)))
		return INFLATE_TRUNCATED;
	return INFLATE_OK;
}

/* Output. ---------------------------------------------------------------------------------------------------------- */

static uint32_t crc_add(uint32_t crc, const uint8_t *p, size_t n)
{
	/* By half bytes: a table of 16 instead of 256 entries. */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static bool flush(struct inflate *z)
{
	size_t n = z->filled - z->flushed;

	if (n) {
		z->crc = crc_add(z->crc, z->out + z->flushed, n);
		z->total += (uint32_t)n;
		if (!z->put(z->context, z->out + z->flushed, n))
			return false;
	}
	z->flushed = z->filled;
	if (z->filled > INFLATE_WINDOW) {
		memmove(z->out, z->out + z->filled - INFLATE_WINDOW, INFLATE_WINDOW);
		z->filled = z->flushed = INFLATE_WINDOW;
	}
	return true;
}

/* Room for the longest match. */
static inline bool room_make(struct inflate *z)
{
	return likely(z->filled + 258 <= sizeof(z->out)) || flush(z);
}

/* Blocks. ---------------------------------------------------------------------------------------------------------- */

static enum inflate_status blocks_read(struct inflate *z)
{
	enum inflate_status status;
	bool is_last;

	do {
		is_last = bits_take(z, 1);
		uint32_t kind = bits_take(z, 2);

		if (is_beyond(z))
			return INFLATE_TRUNCATED;
		if (kind == 0) {
			status = stored_read(z);
		} else if (kind == 1) {
			codes_fix(z);
			status = symbols_read(z);
		} else if (kind == 2) {
			status = codes_read(z);
			if (status == INFLATE_OK)
				status = symbols_read(z);
		} else {
			status = INFLATE_CORRUPT;
		}
	} while (status == INFLATE_OK && !is_last);
	return status;
}

static enum inflate_status stored_read(struct inflate *z)
{
	bytes_align(z);
	const uint8_t *h = z->in;
	if (!skip(z, 4))
		return INFLATE_TRUNCATED;
	size_t left = h[0] | (size_t)h[1] << 8;
	if ((left ^ 0xffff) != (h[2] | (size_t)h[3] << 8))
		return INFLATE_CORRUPT;
	while (left) {
		if (!room_make(z))
			return INFLATE_STOPPED;
		size_t n = min(left, sizeof(z->out) - z->filled);
		const uint8_t *from = z->in;

		if (!skip(z, n))
			return INFLATE_TRUNCATED;
		memcpy(z->out + z->filled, from, n);
		z->filled += n;
		left -= n;
	}
	return INFLATE_OK;
}

/* Codes. ----------------------------------------------------------------------------------------------------------- */

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

/* Words are given out by length, then by symbol (RFC 1951 §3.2.2). False: more words than there can be, or fewer, unless
 * it is the one word that a code of a single symbol has. */
static bool code_make(struct inflate_code *c, const uint8_t *lengths, unsigned n)
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

static void codes_fix(struct inflate *z)
{
	uint8_t lengths[LITERALS];

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	(void)code_make(&z->literals, lengths, LITERALS);
	memset(lengths, 5, 32);
	(void)code_make(&z->distances, lengths, 32);
}

/* The lengths of both codes, themselves coded (RFC 1951 §3.2.7); z->literals serves as their code meanwhile. */
static enum inflate_status lengths_read(struct inflate *z, uint8_t *lengths, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		refill(z);
		int symbol = symbol_take(z, &z->literals);
		unsigned repeat = 1;
		uint8_t length = (uint8_t)symbol;

		if (symbol < 0)
			return INFLATE_CORRUPT;
		if (symbol == 16) {
			if (i == 0)
				return INFLATE_CORRUPT;
			length = lengths[i - 1];
			repeat = 3 + bits_take(z, 2);
		} else if (symbol > 16) {
			length = 0;
			repeat = symbol == 17 ? 3 + bits_take(z, 3) : 11 + bits_take(z, 7);
		}
		if (is_beyond(z))
			return INFLATE_TRUNCATED;
		if (repeat > n - i)
			return INFLATE_CORRUPT;
		memset(lengths + i, length, repeat);
		i += repeat;
	}
	return INFLATE_OK;
}

static enum inflate_status codes_read(struct inflate *z)
{
	static const uint8_t order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	uint8_t lengths[LITERALS + 32] = {};
	unsigned literals = 257 + bits_take(z, 5), distances = 1 + bits_take(z, 5), words = 4 + bits_take(z, 4);
	enum inflate_status status;

	if (literals > 286 || distances > DISTANCES)
		return INFLATE_CORRUPT;
	for (unsigned i = 0; i < words; i++)
		lengths[order[i]] = (uint8_t)bits_take(z, 3);
	if (!code_make(&z->literals, lengths, 19))
		return INFLATE_CORRUPT;
	status = lengths_read(z, lengths, literals + distances);
	if (status != INFLATE_OK)
		return status;
	if (!lengths[END_OF_BLOCK] || !code_make(&z->literals, lengths, literals) ||
	    !code_make(&z->distances, lengths + literals, distances))
		return INFLATE_CORRUPT;
	return INFLATE_OK;
}

/* Data. ------------------------------------------------------------------------------------------------------------ */

static const uint16_t length_base[29] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83,
					  99, 115, 131, 163, 195, 227, 258 };
static const uint8_t length_bits[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
static const uint16_t distance_base[DISTANCES] = { 1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513,
						   769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577 };

/* Repeats n bytes from `distance` back; they may overlap. */
static void match_copy(struct inflate *z, unsigned n, unsigned distance)
{
	uint8_t *to = z->out + z->filled;
	const uint8_t *from = to - distance;

	z->filled += n;
	if (distance >= n) {
		memcpy(to, from, n);
		return;
	}
	while (n--)
		*to++ = *from++;
}

static enum inflate_status match_read(struct inflate *z, int symbol)
{
	symbol -= END_OF_BLOCK + 1;
	if (symbol >= (int)array_size(length_base))
		return INFLATE_CORRUPT;
	unsigned n = length_base[symbol] + bits_take(z, length_bits[symbol]);

	refill(z);
	int code = symbol_take(z, &z->distances);
	if (code < 0 || code >= DISTANCES)
		return INFLATE_CORRUPT;
	unsigned distance = distance_base[code] + bits_take(z, code < 2 ? 0 : (unsigned)code / 2 - 1);
	if (distance > z->filled)
		return INFLATE_CORRUPT;
	match_copy(z, n, distance);
	return INFLATE_OK;
}

static enum inflate_status symbols_read(struct inflate *z)
{
	for (;;) {
		refill(z);
		int symbol = symbol_take(z, &z->literals);

		if (unlikely(is_beyond(z)))
			return INFLATE_TRUNCATED;
		if (symbol < 0)
			return INFLATE_CORRUPT;
		if (symbol == END_OF_BLOCK)
			return INFLATE_OK;
		if (!room_make(z))
			return INFLATE_STOPPED;
		if (symbol < END_OF_BLOCK) {
			z->out[z->filled++] = (uint8_t)symbol;
			continue;
		}
		enum inflate_status status = match_read(z, symbol);
		if (status != INFLATE_OK)
			return status;
	}
}
