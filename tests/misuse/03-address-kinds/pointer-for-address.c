/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a kernel pointer for a physical address.
 * expect: gcc: "incompatible type for argument 1 of 'page_free_range'"
 * expect: clang: "to parameter of incompatible type 'paddr_t'"
 */
#include <murre/page.h>

void give_back(void *memory, uint64_t bytes)
{
	page_free_range(memory, bytes);
}
