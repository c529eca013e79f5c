/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cpio reader tells the same members whatever pieces the archive comes in, and refuses damaged archives: truncation
 * at every length, and random damage.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/cpio.h>

static char told[20000];
static size_t told_n;
static int members, ended;

void expect_failed(const char *why, int err) { abort(); }

static result(unit) member(struct cpio_reader *r, const struct cpio_member *m)
{
	RETURNS(unit);

	members++;
	told_n += snprintf(told + told_n, sizeof(told) - told_n, "%s %o %u %s|", m->name, m->mode, m->bytes,
			   (m->mode & 0170000) == 0120000 ? m->target : "");
	return told_n < sizeof(told) - 5000 ? DONE : FAIL(ENOSPC);
}

static result(unit) data(struct cpio_reader *r, const uint8_t *bytes, size_t n)
{
	RETURNS(unit);

	for (size_t i = 0; i < n && told_n < sizeof(told) - 1; i++)
		told[told_n++] = bytes[i];
	return DONE;
}

static result(unit) member_end(struct cpio_reader *r)
{
	ended++;
	return DONE;
}

static const struct cpio_ops ops = { member, data, member_end };
static struct cpio_reader reader;

/* The archive in pieces of the given size; the errno. */
static int read_all(const uint8_t *bytes, size_t n, size_t piece)
{
	told_n = 0;
	members = ended = 0;
	cpio_reader_init(&reader, &ops);
	for (size_t at = 0; at < n && reader.state != CPIO_DONE; at += piece) {
		int err = error_of(cpio_push(&reader, bytes + at, piece < n - at ? piece : n - at));

		if (err)
			return err;
	}
	told[told_n] = 0;
	return cpio_is_complete(&reader) ? 0 : EINVAL;
}

int main(void)
{
	static uint8_t archive[100000], damaged[100000];
	static char whole[sizeof(told)];
	FILE *p = popen("d=$(mktemp -d) && cd $d && mkdir -p a/b && printf hello >a/file && : >a/empty && ln -s ../a/file a/b/link &&"
			"ln a/file a/hard && printf 0123456789abc >z && find . | sort | cpio -o -H newc --quiet; rm -rf $d", "r");
	size_t n = fread(archive, 1, sizeof(archive), p);

	assert(pclose(p) == 0 && n > 1000);
	assert(read_all(archive, n, n) == 0 && members == 8 && ended == 8);
	assert(strstr(told, "a/b/link 120777 9 ../a/file|") && strstr(told, "z 100644 13 |0123456789abc"));
	strcpy(whole, told);
	for (size_t piece = 1; piece < 600; piece++)
		assert(read_all(archive, n, piece) == 0 && strcmp(told, whole) == 0);

	int refused = 0;
	srand(5);
	for (size_t cut = 1; cut < n; cut++)
		refused += read_all(archive, cut, cut) != 0;
	for (int i = 0; i < 20000; i++) {
		memcpy(damaged, archive, n);
		for (int k = rand() % 5; k >= 0; k--)
			damaged[rand() % n] = rand();
		refused += read_all(damaged, n, 1 + rand() % n) != 0;
	}
	printf("cpio: ok, %d damaged archives refused\n", refused);
	return refused > 1000 ? 0 : 1;
}
