/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacks gzip files (RFC 1952) of deflate data (RFC 1951) that lie in memory; the output goes to a sink as it comes.
 * The input is not trusted. A struct inflate is about 80 KB: it holds the window.
 */
#pragma once
#include <murre/base/compiler.h>

#define INFLATE_WINDOW 32768u
#define INFLATE_FAST_BITS 10
#define INFLATE_CODE_BITS_MAX 15

/* A prefix code: short words by table, longer ones by their length. */
struct inflate_code {
	uint16_t fast[1 << INFLATE_FAST_BITS];		/* symbol << 4 | length; 0: longer than the table knows */
	uint16_t count[INFLATE_CODE_BITS_MAX + 1];
	uint16_t symbols[288];				/* in the order of their words */
};

struct inflate {
	const uint8_t *in, *in_end;
	uint64_t bits;			/* read ahead, lowest first */
	unsigned bit_count;
	unsigned bits_beyond;		/* of bit_count, how many the input did not have */
	uint32_t crc;
	uint32_t crc_table[8][256];
	uint32_t total;			/* bytes unpacked, modulo 2^32 */
	size_t filled, flushed;		/* of out */
	/* Takes n bytes; false: wants no more. */
	bool (*put)(void *context, const void *bytes, size_t n);
	void *context;
	struct inflate_code literals, distances;
	uint8_t out[2 * INFLATE_WINDOW];
};

enum inflate_status {
	INFLATE_OK,
	INFLATE_NOT_GZIP,
	INFLATE_TRUNCATED,
	INFLATE_CORRUPT,		/* no such block, code or distance */
	INFLATE_CHECKSUM,		/* unpacked, but not what was packed */
	INFLATE_STOPPED,		/* by the sink */
};

static inline bool inflate_is_gzip(const uint8_t *in, size_t n) { return n >= 2 && in[0] == 0x1f && in[1] == 0x8b; }
/* Unpacks one gzip member at the start of in; *used says how long it was. */
enum inflate_status inflate_gzip(struct inflate *z, const uint8_t *in, size_t n, size_t *used,
				 bool (*put)(void *context, const void *bytes, size_t n), void *context);
