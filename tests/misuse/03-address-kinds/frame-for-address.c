/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives a frame number where a physical address is wanted: off by a factor of the page size.
 * expect: gcc: "incompatible type for argument 1 of 'phys_to_virt'"
 * expect: clang: "to parameter of incompatible type 'paddr_t'"
 */
#include <murre/page.h>

void *bytes_of(pfn_t frame)
{
	return phys_to_virt(frame);
}
