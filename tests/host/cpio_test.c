/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cpio reader tells the same entries whatever pieces the archive comes in; checksums, padding, names that are too
 * long or empty are handled; truncation at every length and random damage never make it leave its buffers.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/cpio.h>

struct log { char text[60000]; size_t n; int entries, open; size_t bytes; };

static void on_entry(void *context, const struct cpio_entry *e)
{
	struct log *l = context;

	assert(!l->open);
	l->open = 1;
	l->entries++;
	if (l->n < sizeof(l->text) - 5000)
		l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n, "[%s %o %u %u %u:%u]", e->name, e->mode,
					 e->size, e->nlink, e->rdev_major, e->rdev_minor);
}

static void on_data(void *context, const void *bytes, size_t n)
{
	struct log *l = context;

	assert(l->open && n > 0);
	l->bytes += n;
	for (size_t i = 0; i < n && l->n < sizeof(l->text) - 5000; i++)
		l->text[l->n++] = ((const char *)bytes)[i];
}

static void on_end(void *context)
{
	struct log *l = context;

	assert(l->open);
	l->open = 0;
}

static const struct cpio_sink sink = { on_entry, on_data, on_end };

static size_t put(char *to, const char *magic, const char *name, unsigned mode, const char *data, size_t n, unsigned sum)
{
	size_t name_bytes = strlen(name) + 1;
	size_t at = (size_t)sprintf(to, "%s%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", magic, 7u, mode, 0u, 0u, 1u,
				    1000u, n, 3u, 4u, 5u, 6u, name_bytes, sum);

	memcpy(to + at, name, name_bytes);
	at += name_bytes;
	while (at & 3)
		to[at++] = 0;
	memcpy(to + at, data, n);
	at += n;
	while (at & 3)
		to[at++] = 0;
	return at;
}

static char archive[20000];
static size_t archive_make(void)
{
	char longest[4097];
	size_t n = 0;

	n += put(archive + n, "070701", ".", 0040755, "", 0, 0);
	n += put(archive + n, "070701", "./bin/sh", 0100755, "hello", 5, 0);
	n += put(archive + n, "070702", "summed", 0100644, "ab", 2, 'a' + 'b');
	n += put(archive + n, "070701", "link", 0120777, "target/of", 9, 0);
	n += put(archive + n, "070701", "", 0100644, "without a name", 14, 0);
	memset(longest, 'x', 4095);
	longest[4095] = 0;
	n += put(archive + n, "070701", longest, 0100644, "1", 1, 0);
	longest[4095] = 'x';
	longest[4096] = 0;
	n += put(archive + n, "070701", longest, 0100644, "too long", 8, 0);
	n += put(archive + n, "070701", "last", 0020600, "", 0, 0);
	n += put(archive + n, "070701", "TRAILER!!!", 0, "", 0, 0);
	return n;
}

static struct cpio_reader reader;
static size_t feed(struct log *l, const char *bytes, size_t n, size_t piece)
{
	size_t at = 0;

	memset(l, 0, sizeof(*l));
	cpio_begin(&reader, &sink, l);
	while (at < n && reader.status == CPIO_MORE) {
		size_t step = n - at < piece ? n - at : piece;
		char *exact = malloc(step);	/* so that the sanitizer sees every byte read beyond */

		memcpy(exact, bytes + at, step);
		size_t took = cpio_feed(&reader, exact, step);
		free(exact);
		assert(took <= step && (took == step || reader.status != CPIO_MORE));
		at += took;
	}
	return at;
}

static struct log whole, pieces;

static void pieces_do_not_matter(size_t n)
{
	assert(feed(&whole, archive, n, n) == n);
	assert(reader.status == CPIO_END && whole.entries == 6 && whole.bytes == 5 + 2 + 9 + 1);
	assert(strstr(whole.text, "[./bin/sh 100755 5 1 5:6]hello[summed") && strstr(whole.text, "1[last"));
	for (size_t piece = 1; piece < 200; piece++) {
		assert(feed(&pieces, archive, n, piece) == n);
		assert(pieces.n == whole.n && memcmp(pieces.text, whole.text, whole.n) == 0);
	}
}

static void truncation_asks_for_more(size_t n)
{
	for (size_t cut = 0; cut < n; cut++) {
		assert(feed(&pieces, archive, cut, cut) == cut);
		assert(reader.status == CPIO_MORE);
	}
}

static void damage_is_survived(size_t n)
{
	static char damaged[sizeof(archive)];

	srand(1);
	for (int round = 0; round < 20000; round++) {
		memcpy(damaged, archive, n);
		for (int hits = 1 + rand() % 8; hits--;)
			damaged[(size_t)rand() % (rand() % 2 ? n : 600)] = (char)rand();
		feed(&pieces, damaged, n, 1 + (size_t)rand() % 5000);
		assert(reader.status != CPIO_BAD || reader.problem);
	}
}

static void wrong_bytes_are_named(void)
{
	char bad[600];
	size_t n = put(bad, "070702", "summed", 0100644, "ab", 2, 1);

	feed(&pieces, bad, n, n);
	assert(reader.status == CPIO_BAD && strstr(reader.problem, "checksum"));
	n = put(bad, "070707", "old", 0100644, "ab", 2, 1);
	feed(&pieces, bad, n, n);
	assert(reader.status == CPIO_BAD && strstr(reader.problem, "header"));
	n = put(bad, "070701", "digits", 0100644, "ab", 2, 1);
	bad[10] = 'g';
	feed(&pieces, bad, n, n);
	assert(reader.status == CPIO_BAD && strstr(reader.problem, "number"));
}

int main(void)
{
	size_t n = archive_make();

	pieces_do_not_matter(n);
	truncation_asks_for_more(n);
	damage_is_survived(n);
	wrong_bytes_are_named();
	return 0;
}
