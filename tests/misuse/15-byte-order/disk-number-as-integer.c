/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts with a little-endian number as it lies on the disk.
 * expect: gcc: "aggregate value used where an integer was expected"
 * expect: clang: "operand of type 'le32_t' where arithmetic or pointer type is required"
 */
#include <murre/base/endian.h>

struct disk_header { le32_t blocks; le16_t block_bytes; };

uint64_t bytes_of(const struct disk_header *h)
{
	return (uint64_t)h->blocks * 512;
}
