/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deflate (RFC 1951) in a gzip wrapper (RFC 1952). Output is collected in a buffer of two windows; when it is full, the
 * sink gets what it has not seen and the last window moves to the front, where matches reach back to. Input beyond the
 * end reads as zeros that are counted, so that the inner loops test for the end once per symbol.
 */
#include <murre/inflate.h>
#include <murre/string.h>
#include "inflate_code.h"

#define LITERALS 288
#define DISTANCES 30
#define END_OF_BLOCK 256

static enum inflate_status gzip_header_skip(struct inflate *z);
static void crc_prepare(struct inflate *z);
static enum inflate_status blocks_read(struct inflate *z);
static enum inflate_status stored_read(struct inflate *z);
static enum inflate_status codes_read(struct inflate *z);
static enum inflate_status symbols_read(struct inflate *z);
static void codes_fix(struct inflate *z);
static bool flush(struct inflate *z);

/* Bytes. ----------------------------------------------------------------------------------------------------------- */

/* To the next byte of the input; read-ahead goes back. */
static void bytes_align(struct inflate *z)
{
	unsigned ahead;

	bits_drop(z, z->bit_count & 7);
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
	crc_prepare(z);
	crc_prepare(z);
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

/* crc_table[k][b]: what byte b does to the checksum when k more bytes follow it (CRC-32, RFC 1952 §8). */
static void crc_prepare(struct inflate *z)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t c = b;

		for (int i = 0; i < 8; i++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		z->crc_table[0][b] = c;
	}
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 1; k < 8; k++)
			z->crc_table[k][b] = z->crc_table[k - 1][b] >> 8 ^ z->crc_table[0][z->crc_table[k - 1][b] & 0xff];
}

static uint32_t crc_add(const struct inflate *z, uint32_t crc, const uint8_t *p, size_t n)
{
	const uint32_t (*t)[256] = z->crc_table;
	uint64_t w;

	crc = ~crc;
	for (; n >= 8; n -= 8, p += 8) {
		__builtin_memcpy(&w, p, 8);
		w ^= crc;
		crc = t[7][w & 0xff] ^ t[6][w >> 8 & 0xff] ^ t[5][w >> 16 & 0xff] ^ t[4][w >> 24 & 0xff] ^
		      t[3][w >> 32 & 0xff] ^ t[2][w >> 40 & 0xff] ^ t[1][w >> 48 & 0xff] ^ t[0][w >> 56];
	}
	while (n--)
		crc = crc >> 8 ^ t[0][(crc ^ *p++) & 0xff];
	return ~crc;
}

static bool flush(struct inflate *z)
{
	size_t n = z->filled - z->flushed;

	if (n) {
		z->crc = crc_add(z, z->crc, z->out + z->flushed, n);
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

/* Room for the longest match, and a word. */
static inline bool room_make(struct inflate *z)
{
	return likely(z->filled + 258 + 8 <= sizeof(z->out)) || flush(z);
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

static void codes_fix(struct inflate *z)
{
	uint8_t lengths[LITERALS];

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	(void)inflate_code_make(&z->literals, lengths, LITERALS);
	memset(lengths, 5, 32);
	(void)inflate_code_make(&z->distances, lengths, 32);
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
	if (!inflate_code_make(&z->literals, lengths, 19))
		return INFLATE_CORRUPT;
	status = lengths_read(z, lengths, literals + distances);
	if (status != INFLATE_OK)
		return status;
	if (!lengths[END_OF_BLOCK] || !inflate_code_make(&z->literals, lengths, literals) ||
	    !inflate_code_make(&z->distances, lengths + literals, distances))
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
	if (distance < 8) {
		while (n--)
			*to++ = *from++;
		return;
	}
	/* By words, up to seven bytes too many: out has room for them, and they are written again. */
	for (uint8_t *end = to + n; to < end; to += 8, from += 8)
		__builtin_memcpy(to, from, 8);
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
