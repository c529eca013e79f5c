/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads cpio archives of the "newc" form (cpio(5)), the one that an initramfs has, from pieces of any size. The archive
 * is not trusted: whatever it holds, the reader calls the sink in order and stays within its buffers.
 */
#pragma once
#include <murre/base/compiler.h>

#define CPIO_NAME_MAX 4096
#define CPIO_HEADER_BYTES 110

struct cpio_entry {
	const char *name;		/* NUL-terminated; valid until the next entry */
	uint32_t ino, mode, uid, gid, nlink, mtime, size;
	uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
};

struct cpio_sink {
	void (*entry)(void *context, const struct cpio_entry *e);
	void (*data)(void *context, const void *bytes, size_t n);	/* the entry's, in order; never n = 0 */
	void (*end)(void *context);					/* of the entry */
};

enum cpio_status {
	CPIO_MORE,			/* wants the next bytes */
	CPIO_END,			/* read the trailer; bytes behind it are not the archive's */
	CPIO_BAD,			/* not an archive, or not from here on; `problem` says why */
};

struct cpio_reader {
	const struct cpio_sink *sink;
	void *context;
	enum cpio_status status;
	const char *problem;
	uint8_t state, has_checksum, skips;
	uint32_t checksum, sum;
	uint32_t name_bytes;
	size_t have;			/* bytes of the header or the name that are there */
	size_t left;			/* bytes of data or padding to come */
	struct cpio_entry entry;
	char header[CPIO_HEADER_BYTES];
	char name[CPIO_NAME_MAX + 4];
};

void cpio_begin(struct cpio_reader *r, const struct cpio_sink *sink, void *context);
/* Reads on; returns how many of the bytes it took: all of them while the status stays CPIO_MORE. */
size_t cpio_feed(struct cpio_reader *r, const void *bytes, size_t n);
