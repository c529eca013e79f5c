/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a big-endian number as a little-endian one.
 * expect: gcc: "incompatible type for argument 1 of 'le16_read'"
 * expect: clang: "to parameter of incompatible type 'le16_t'"
 */
#include <murre/base/endian.h>

struct wire_header { be16_t length; be32_t peer; };

unsigned length_of(const struct wire_header *h)
{
	return le16_read(h->length);
}
