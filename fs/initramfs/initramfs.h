/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of the initramfs unpacker. */
#pragma once
#include <murre/cpio.h>
#include <murre/file.h>

/* The boot loader's memory with the archives; what is below `released` was given away page by page. */
struct archive {
	uint8_t *start, *end;
	uint8_t *released;		/* page aligned; start's page or later */
};
/* n bytes of the archive at `bytes` become the contents of o from byte pos on; whole pages move instead of being copied
 * where that is possible, which destroys what the archive held there. pos is page aligned or where the last call for the
 * file ended. ENOMEM, ENOSPC. */
result(unit) archive_move(struct archive *a, struct vm_object *o, uint64_t pos, const uint8_t *bytes, size_t n,
			  struct can_sleep cs);
/* Everything before `bytes` is not needed any more. */
void archive_release(struct archive *a, const uint8_t *bytes);

/* What unpacks cpio entries into the tree at /. archive NULL: data is copied. */
struct unpack;
struct unpack *unpack_new(struct archive *a);
void unpack_end(struct unpack *u);
extern const struct cpio_sink unpack_sink;
/* The first thing that went wrong, 0: nothing; *name is where. */
int unpack_error(const struct unpack *u, const char **name);
