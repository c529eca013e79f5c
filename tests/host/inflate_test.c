/* SPDX-License-Identifier: GPL-2.0-only */
/* Decompression gives back what gzip packed, at every level; damaged input is refused and never runs wild. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/inflate.h>

struct output { uint8_t *bytes; size_t n, cap; };

static result(unit) collect(void *context, const uint8_t *bytes, size_t n)
{
	RETURNS(unit);
	struct output *o = context;

	if (n > o->cap - o->n)
		return FAIL(ENOSPC);
	memcpy(o->bytes + o->n, bytes, n);
	o->n += n;
	return DONE;
}

void expect_failed(const char *why, int err) { abort(); }

/* What the host's gzip makes of the bytes. */
static size_t gzip_pack(const uint8_t *bytes, size_t n, int level, uint8_t *to, size_t cap)
{
	char in[] = "/tmp/inflate_in_XXXXXX", command[100];
	FILE *f = fdopen(mkstemp(in), "w");

	assert(fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
	snprintf(command, sizeof(command), "gzip -c -%d %s", level, in);
	FILE *p = popen(command, "r");
	size_t packed = fread(to, 1, cap, p);
	assert(pclose(p) == 0);
	remove(in);
	return packed;
}

enum { BYTES = 200000, CAP = 400000 };
static uint8_t plain[BYTES], packed[CAP], out[CAP];
static struct inflate_work work;

static void fill(int kind)
{
	for (size_t i = 0; i < BYTES; i++)
		plain[i] = kind == 0 ? 0 : kind == 1 ? rand() : kind == 2 ? "the murre is not a penguin "[i % 27] : i / 7 ^ i % 11;
}

int main(void)
{
	srand(3);
	for (int kind = 0; kind < 4; kind++) {
		fill(kind);
		for (int level = 1; level <= 9; level += 4) {
			struct output o = { out, 0, CAP };
			size_t n = gzip_pack(plain, BYTES, level, packed, CAP - 10);
			size_t taken = value_or(gzip_decompress(packed, n + 7, &work, collect, &o), (size_t)0);

			assert(taken == n && o.n == BYTES && memcmp(out, plain, BYTES) == 0);
			for (size_t cut = 0; cut < n; cut += 1 + n / 50) {
				o.n = 0;
				assert(error_of(gzip_decompress(packed, cut, &work, collect, &o)) == EINVAL);
			}
		}
	}
	int refused = 0;
	size_t n = gzip_pack(plain, 5000, 9, packed, CAP);
	for (int i = 0; i < 3000; i++) {
		static uint8_t damaged[CAP];
		struct output o = { out, 0, CAP };

		memcpy(damaged, packed, n);
		for (int k = rand() % 4; k >= 0; k--)
			damaged[rand() % n] ^= 1 << rand() % 8;
		refused += error_of(gzip_decompress(damaged, n, &work, collect, &o)) != 0;
	}
	assert(refused > 2500);
	printf("inflate: ok, %d of 3000 damaged streams refused\n", refused);
	return 0;
}
