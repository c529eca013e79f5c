/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpacking gives back what gzip packed, at every level; truncated and damaged input is refused and never runs wild. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <murre/inflate.h>

enum { BYTES = 300000, CAP = 2 * BYTES };
static uint8_t plain[BYTES], packed[CAP], out[CAP];
static size_t out_n, out_limit = CAP;
static struct inflate z;

static bool collect(void *context, const void *bytes, size_t n)
{
	assert(context == &out_n);
	if (n > out_limit - out_n)
		return false;
	memcpy(out + out_n, bytes, n);
	out_n += n;
	return true;
}

static enum inflate_status unpack(const uint8_t *in, size_t n, size_t *used)
{
	uint8_t *exact = malloc(n ? n : 1);	/* so that the sanitizer sees every byte read beyond */

	memcpy(exact, in, n);
	out_n = 0;
	enum inflate_status status = inflate_gzip(&z, exact, n, used, collect, &out_n);
	free(exact);
	assert(*used <= n);
	return status;
}

/* What the host's gzip makes of the first n bytes. */
static size_t pack(size_t n, const char *options)
{
	char in[] = "/tmp/inflate_test_XXXXXX", command[100];
	FILE *f = fdopen(mkstemp(in), "w");

	assert(f && fwrite(plain, 1, n, f) == n && fclose(f) == 0);
	snprintf(command, sizeof(command), "gzip %s -c %s", options, in);
	FILE *p = popen(command, "r");
	size_t got = fread(packed, 1, sizeof(packed), p);
	assert(pclose(p) == 0 && remove(in) == 0);
	return got;
}

static void fill(int kind)
{
	srand(1);
	for (size_t i = 0; i < BYTES; i++)
		plain[i] = (uint8_t)(kind == 0 ? 0 : kind == 1 ? rand() : kind == 2 ? "etaoin shrdlu\n"[rand() % 14]
				     : i > 33000 && rand() % 50 ? plain[i - 32768] : rand() % 7);
}

static void round_trip(const char *options, size_t n)
{
	size_t size = pack(n, options), used;

	assert(unpack(packed, size, &used) == INFLATE_OK);
	assert(used == size && out_n == n && memcmp(out, plain, n) == 0);
	memset(packed + size, 0xaa, 100);
	assert(unpack(packed, size + 100, &used) == INFLATE_OK && used == size);
}

static void damage_is_refused(void)
{
	static uint8_t good[CAP];
	size_t n = pack(20000, "-6n"), used;

	memcpy(good, packed, n);
	for (size_t cut = 0; cut < n; cut += 1 + cut / 40)
		assert(unpack(good, cut, &used) != INFLATE_OK);
	for (int round = 0; round < 20000; round++) {
		memcpy(packed, good, n);
		for (int hits = 1 + rand() % 4; hits--;)
			packed[(size_t)rand() % (rand() % 2 ? n : 80)] ^= (uint8_t)(1 << rand() % 8);
		(void)unpack(packed, n, &used);
	}
	memcpy(packed, good, n);
	packed[n - 6] ^= 1;
	assert(unpack(packed, n, &used) == INFLATE_CHECKSUM);
	out_limit = 1000;
	assert(unpack(good, n, &used) == INFLATE_STOPPED);
	out_limit = CAP;
	assert(unpack((const uint8_t *)"no gzip", 7, &used) == INFLATE_NOT_GZIP);
}

int main(void)
{
	static const char *const options[] = { "-1", "-6", "-9", "-9n", "--rsyncable" };

	for (int kind = 0; kind < 4; kind++) {
		fill(kind);
		for (size_t o = 0; o < sizeof(options) / sizeof(options[0]); o++)
			round_trip(options[o], o == 1 ? (size_t)(kind * 7) : BYTES);
	}
	fill(2);
	damage_is_refused();
	return 0;
}
