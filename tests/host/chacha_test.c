/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/chacha.c against the test vectors of RFC 8439: section 2.3.2 and appendix A.1. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <murre/chacha.h>

static struct chacha with_key(const uint8_t key[32], uint32_t counter, const uint32_t nonce[3])
{
	struct chacha c = { .counter = counter };

	memcpy(c.key, key, 32);		/* the words are little-endian, as the host is */
	memcpy(c.nonce, nonce, 12);
	return c;
}

static void expect_block(struct chacha c, const char *hex)
{
	uint8_t out[CHACHA_BLOCK_BYTES];
	char text[2 * CHACHA_BLOCK_BYTES + 1];

	chacha_block(&c, out);
	for (int i = 0; i < CHACHA_BLOCK_BYTES; i++)
		sprintf(text + 2 * i, "%02x", out[i]);
	assert(strcmp(text, hex) == 0);
}

static void counting_key_of_section_2_3_2(void)
{
	uint8_t key[32];

	for (int i = 0; i < 32; i++)
		key[i] = i;
	expect_block(with_key(key, 1, (uint32_t[]){ 0x09000000, 0x4a000000, 0 }),
		     "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
		     "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

static void zero_keys_of_appendix_a_1(void)
{
	uint8_t key[32] = { 0 };
	const uint32_t zero[3] = { 0 };

	expect_block(with_key(key, 0, zero),
		     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
		     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
	expect_block(with_key(key, 1, zero),
		     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
		     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
	key[31] = 1;
	expect_block(with_key(key, 1, zero),
		     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
		     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0");
}

static void counter_carries_into_the_nonce(void)
{
	uint8_t key[32] = { 0 }, out[CHACHA_BLOCK_BYTES];
	struct chacha c = with_key(key, UINT32_MAX, (uint32_t[]){ 5, 6, 7 });

	chacha_block(&c, out);
	assert(c.counter == 0 && c.nonce[0] == 6 && c.nonce[1] == 6);
}

int main(void)
{
	counting_key_of_section_2_3_2();
	zero_keys_of_appendix_a_1();
	counter_carries_into_the_nonce();
	return 0;
}
