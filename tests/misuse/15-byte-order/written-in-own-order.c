/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores a length in the CPU's order into a header for the wire.
 * expect: gcc: "incompatible types when assigning to type 'be16_t'"
 * expect: clang: "assigning to 'be16_t'"
 */
#include <murre/base/endian.h>

struct wire_header { be16_t length; be32_t peer; };

void fill(struct wire_header *h, uint16_t length)
{
	h->length = length;
}
