/* SPDX-License-Identifier: GPL-2.0-only */
/* ChaCha20 as RFC 8439 section 2 defines it; the state is the caller's, nothing here keeps data or takes locks. */
#include <murre/base/endian.h>
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

/* Four columns, then four diagonals. Written out, so that the state stays in registers as far as it fits. */
static always_inline void double_round(uint32_t x[16])
{
	quarter_round(&x[0], &x[4], &x[8], &x[12]);
	quarter_round(&x[1], &x[5], &x[9], &x[13]);
	quarter_round(&x[2], &x[6], &x[10], &x[14]);
	quarter_round(&x[3], &x[7], &x[11], &x[15]);
	quarter_round(&x[0], &x[5], &x[10], &x[15]);
	quarter_round(&x[1], &x[6], &x[11], &x[12]);
	quarter_round(&x[2], &x[7], &x[8], &x[13]);
	quarter_round(&x[3], &x[4], &x[9], &x[14]);
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
		le32_t word = le32(x[i] + state[i]);

		__builtin_memcpy(out + 4 * i, &word, sizeof(word));
	}
	if (++c->counter == 0)
		c->nonce[0]++;
}
