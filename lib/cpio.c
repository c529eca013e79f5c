/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cpio "newc" format (cpio(5)): a header of hexadecimal numbers, a name, data; the header with its name and the data
 * are each padded to four bytes. The reader is a machine of four states that takes its input in pieces.
 */
#include <murre/cpio.h>
#include <murre/string.h>

enum state { IN_HEADER, IN_NAME, IN_DATA, IN_PADDING };

static const char *const problem_magic = "no cpio header where one should be";
static const char *const problem_number = "a header field is not a number";
static const char *const problem_checksum = "the checksum of an entry is wrong";

static size_t header_take(struct cpio_reader *r, const char *bytes, size_t n);
static size_t name_take(struct cpio_reader *r, const char *bytes, size_t n);
static size_t data_take(struct cpio_reader *r, const char *bytes, size_t n);
static size_t padding_take(struct cpio_reader *r, size_t n);
static void entry_end(struct cpio_reader *r);

static size_t padding_for(size_t bytes) { return -bytes & 3; }

static void bad(struct cpio_reader *r, const char *problem)
{
	r->status = CPIO_BAD;
	r->problem = problem;
}

void cpio_begin(struct cpio_reader *r, const struct cpio_sink *sink, void *context)
{
	r->sink = sink;
	r->context = context;
	r->status = CPIO_MORE;
	r->problem = NULL;
	r->state = IN_HEADER;
	r->have = r->left = 0;
}

size_t cpio_feed(struct cpio_reader *r, const void *bytes, size_t n)
{
	const char *at = bytes, *end = at + n;

	while (at < end && r->status == CPIO_MORE) {
		size_t left = (size_t)(end - at);

		switch (r->state) {
		case IN_HEADER:
			at += header_take(r, at, left);
			break;
		case IN_NAME:
			at += name_take(r, at, left);
			break;
		case IN_DATA:
			at += data_take(r, at, left);
			break;
		case IN_PADDING:
			at += padding_take(r, left);
			break;
		}
	}
	return n - (size_t)(end - at);
}

/* The header. ------------------------------------------------------------------------------------------------------ */

/* Eight hexadecimal digits. */
static bool field_read(const char *digits, uint32_t *value)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		char c = digits[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*value = v;
	return true;
}

static void header_parse(struct cpio_reader *r)
{
	struct cpio_entry *e = &r->entry;
	uint32_t *const fields[] = {
		&e->ino, &e->mode, &e->uid, &e->gid, &e->nlink, &e->mtime, &e->size, &e->dev_major, &e->dev_minor,
		&e->rdev_major, &e->rdev_minor, &r->name_bytes, &r->checksum,
	};

	if (memcmp(r->header, "07070", 5) != 0 || (r->header[5] != '1' && r->header[5] != '2')) {
		bad(r, problem_magic);
		return;
	}
	for (size_t i = 0; i < array_size(fields); i++)
		if (!field_read(r->header + 6 + 8 * i, fields[i])) {
			bad(r, problem_number);
			return;
		}
	r->has_checksum = r->header[5] == '2';
	r->sum = 0;
	/* A name that is missing, empty or too long costs its entry, not the archive. */
	r->skips = r->name_bytes == 0 || r->name_bytes > CPIO_NAME_MAX;
	r->left = r->name_bytes + padding_for(CPIO_HEADER_BYTES + (size_t)r->name_bytes);
	r->state = IN_NAME;
}

static size_t header_take(struct cpio_reader *r, const char *bytes, size_t n)
{
	size_t take = min(n, CPIO_HEADER_BYTES - r->have);

	memcpy(r->header + r->have, bytes, take);
	r->have += take;
	if (r->have == CPIO_HEADER_BYTES) {
		r->have = 0;
		header_parse(r);
		if (r->status == CPIO_MORE && r->left == 0)
			name_take(r, bytes, 0);
	}
	return take;
}

/* Name, data, padding. --------------------------------------------------------------------------------------------- */

static void data_begin(struct cpio_reader *r)
{
	r->have = 0;
	r->left = r->entry.size;
	r->state = IN_DATA;
	if (r->left == 0)
		entry_end(r);
}

static void name_parse(struct cpio_reader *r)
{
	if (!r->skips && (!r->name[0] || r->name[r->name_bytes - 1] != 0))
		r->skips = true;
	if (!r->skips) {
		if (strcmp(r->name, "TRAILER!!!") == 0) {
			r->status = CPIO_END;
			return;
		}
		r->entry.name = r->name;
		r->sink->entry(r->context, &r->entry);
	}
	data_begin(r);
}

static size_t name_take(struct cpio_reader *r, const char *bytes, size_t n)
{
	size_t take = min(n, r->left);

	if (!r->skips)
		memcpy(r->name + r->have, bytes, take);
	r->have += take;
	r->left -= take;
	if (r->left == 0)
		name_parse(r);
	return take;
}

static void sum_add(struct cpio_reader *r, const char *bytes, size_t n)
{
	while (n--)
		r->sum += (unsigned char)*bytes++;
}

static size_t data_take(struct cpio_reader *r, const char *bytes, size_t n)
{
	size_t take = min(n, r->left);

	if (r->has_checksum)
		sum_add(r, bytes, take);
	if (!r->skips)
		r->sink->data(r->context, bytes, take);
	r->left -= take;
	if (r->left == 0)
		entry_end(r);
	return take;
}

static void entry_end(struct cpio_reader *r)
{
	if (!r->skips)
		r->sink->end(r->context);
	if (r->has_checksum && r->entry.size && r->sum != r->checksum) {
		bad(r, problem_checksum);
		return;
	}
	r->left = padding_for(r->entry.size);
	r->state = r->left ? IN_PADDING : IN_HEADER;
}

static size_t padding_take(struct cpio_reader *r, size_t n)
{
	size_t take = min(n, r->left);

	r->left -= take;
	if (r->left == 0)
		r->state = IN_HEADER;
	return take;
}
