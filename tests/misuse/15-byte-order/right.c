/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A number becomes one of a disk or a wire, and an integer again, by name.
 */
#include <murre/base/endian.h>

struct disk_header { le32_t blocks; le16_t block_bytes; };
struct wire_header { be16_t length; be32_t peer; };

uint64_t bytes_of(const struct disk_header *h) { return (uint64_t)le32_read(h->blocks) * 512; }
void fill(struct wire_header *h, uint16_t length) { h->length = be16(length); }
unsigned length_of(const struct wire_header *h) { return be16_read(h->length); }
