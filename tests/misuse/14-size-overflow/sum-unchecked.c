/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the sum of two sizes from outside without looking whether there is one.
 * expect: gcc: "incompatible type for argument 1 of 'bytes_box_new'"
 * expect: clang: "to parameter of incompatible type 'size_t'"
 */
#include <murre/slab.h>

result(bytes_box) room_for(size_t head, size_t body)
{
	return bytes_box_new(size_add(head, body));
}
