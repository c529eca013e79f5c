/* SPDX-License-Identifier: GPL-2.0-only */
/* ChaCha20 as RFC 8439 section 2 defines it; the state is the caller's, nothing here keeps data or takes locks. */
#include <murre/chacha.h>

static always_inline uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static always_inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b; *d = rotate(*d ^ *a, 16);
	*c += *d; *b = rotate(*b ^ *c, 12);
	*a += *b; *d = rotate(*d ^ *a, 8);
	*c += *d; *b = rotate(*b ^ *c, 7);
}

static always_inline void double_round(uint32_t x[16])
{
	for (unsigned i = 0; i < 4; i++)
		quarter_round(&x[i], &x[4 + i], &x[8 + i], &x[12 + i]);
	for (unsigned i = 0; i < 4; i++)
		quarter_round(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
}

void chacha_block(struct chacha *c, uint8_t out[CHACHA_BLOCK_BYTES])
{
	/* "expand 32-byte k" */
	const uint32_t state[16] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		c->key[0], c->key[1], c->key[2], c->key[3], c->key[4], c->key[5], c->key[6], c->key[7],
		c->counter, c->nonce[0], c->nonce[1], c->nonce[2],
	};
	uint32_t x[16];

	__builtin_memcpy(x, state, sizeof(x));
	for (unsigned i = 0; i < 10; i++)
		double_round(x);
	for (unsigned i = 0; i < 16; i++) {
		uint32_t word = x[i] + state[i];

		for (unsigned byte = 0; byte < 4; byte++)
			out[4 * i + byte] = word >> (8 * byte);
	}
	if (++c->counter == 0)
		c->nonce[0]++;
}
