/* SPDX-License-Identifier: GPL-2.0-only */
/* The ChaCha20 block function, RFC 8439 section 2.3. */
#pragma once
#include <murre/base/compiler.h>

#define CHACHA_KEY_BYTES 32
#define CHACHA_BLOCK_BYTES 64

/* 256-bit key, 32-bit block counter and 96-bit nonce as the words of the cipher's state. */
struct chacha {
	uint32_t key[8];
	uint32_t counter;
	uint32_t nonce[3];
};
/* Writes the key stream's next block and advances the counter; when that wraps, the nonce's first word. */
void chacha_block(struct chacha *c, uint8_t out[CHACHA_BLOCK_BYTES]);
