/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fills the root from the initramfs: cpio archives, plain or gzipped, one behind the other with any zeros between. Before
 * them comes what is there without any: /dev/console, so that the first program has somewhere to write, and /root. A
 * corrupt archive costs a message and what would have come after it.
 */
#include "initramfs.h"
#include <murre/base/address.h>
#include <murre/inflate.h>
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include <arch/boot.h>

#define HERE ((fd_t){ AT_FDCWD })

DEFINE_BOX(cpio_reader, struct cpio_reader)
DEFINE_BOX_CACHE(cpio_reader, struct cpio_reader);

static void defaults_make(struct can_sleep cs)
{
	int err = error_of(path_mkdir(HERE, "/dev", 0755, cs));

	if (!err)
		err = error_of(path_mknod(HERE, "/dev/console", S_IFCHR | 0600, dev_make(5, 1), cs));
	if (!err)
		err = error_of(path_mkdir(HERE, "/root", 0700, cs));
	if (err)
		log_err("initramfs: /dev/console cannot be made (%s)", error_name(err));
}

static void unpack_report(struct unpack *u)
{
	const char *name;
	int err = unpack_error(u, &name);

	if (err)
		log_err("initramfs: %s could not be made (%s)", name, err == ENOSPC || err == ENOMEM ? "not enough memory" : error_name(err));
	unpack_end(u);
}

/* Plain archives. -------------------------------------------------------------------------------------------------- */

/* Reads one archive at p; where it ends, NULL: it cannot be read any further. */
static uint8_t *plain_read(struct archive *a, uint8_t *p, struct cpio_reader *r)
{
	struct unpack *u = unpack_new(a);

	if (!u) {
		log_err("initramfs: no memory");
		return NULL;
	}
	cpio_begin(r, &unpack_sink, u);
	p += cpio_feed(r, p, (size_t)(a->end - p));
	unpack_report(u);
	if (r->status == CPIO_BAD)
		log_err("initramfs: %s; the rest is left out", r->problem);
	else if (r->status == CPIO_MORE)
		log_err("initramfs: the archive ends in the middle");
	return r->status == CPIO_END ? p : NULL;
}

/* Compressed archives: what comes out may again be several, with zeros between. ------------------------------------ */

static bool unpacked_feed(void *context, const void *bytes, size_t n)
{
	struct cpio_reader *r = context;
	const char *p = bytes, *end = p + n;

	while (p < end) {
		if (r->status == CPIO_END) {
			while (p < end && !*p)
				p++;
			if (p == end)
				break;
			cpio_begin(r, r->sink, r->context);
		}
		p += cpio_feed(r, p, (size_t)(end - p));
		if (r->status == CPIO_BAD)
			return false;
	}
	return true;
}

static uint8_t *gzip_read(struct archive *a, uint8_t *p, struct cpio_reader *r)
{
	static const char *const problems[] = {
		[INFLATE_NOT_GZIP] = "is not gzip", [INFLATE_TRUNCATED] = "ends too early", [INFLATE_CORRUPT] = "is corrupt",
		[INFLATE_CHECKSUM] = "has a wrong checksum", [INFLATE_STOPPED] = "holds no cpio archive",
	};
	own(bytes_box, room, value_or(bytes_box_new(sizeof(struct inflate)), none(bytes_box)));
	struct unpack *u = is_none(room) ? NULL : unpack_new(NULL);
	size_t used;

	if (!u) {
		log_err("initramfs: no memory to unpack");
		return NULL;
	}
	cpio_begin(r, &unpack_sink, u);
	enum inflate_status status = inflate_gzip(at(room), p, (size_t)(a->end - p), &used, unpacked_feed, r);
	unpack_report(u);
	if (status != INFLATE_OK)
		log_err("initramfs: the compressed archive %s; the rest is left out", problems[status]);
	else if (r->status != CPIO_END)
		log_err("initramfs: the archive ends in the middle");
	return status == INFLATE_OK ? p + used : NULL;
}

/* All of them. ----------------------------------------------------------------------------------------------------- */

static void archives_read(struct archive *a)
{
	own(cpio_reader_box, r, value_or(cpio_reader_box_new(), none(cpio_reader_box)));
	uint8_t *p = a->start;

	if (is_none(r)) {
		log_err("initramfs: no memory");
		return;
	}
	while (p && p < a->end) {
		if (!*p) {
			p++;
		} else if (inflate_is_gzip(p, (size_t)(a->end - p))) {
			p = gzip_read(a, p, at(r));
		} else if (*p == '0') {
			p = plain_read(a, p, at(r));
		} else {
			log_err("initramfs: neither a cpio archive nor gzip");
			break;
		}
	}
}

START_TASK(rootfs_start, needs(fs_start))
{
	struct archive a;

	defaults_make(MAY_SLEEP);
	if (!boot_info->initrd_bytes)
		return;
	a.start = phys_to_virt(boot_info->initrd_start);
	a.end = a.start + boot_info->initrd_bytes;
	a.released = pointer_align_up(a.start, PAGE_SIZE);
	archives_read(&a);
	/* The last page may hold what is not the archive's. */
	archive_release(&a, a.end);
}
