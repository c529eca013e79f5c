/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks a page up by its address instead of its frame number.
 * expect: gcc: "incompatible type for argument 1 of 'page_from_pfn'"
 * expect: clang: "to parameter of incompatible type 'pfn_t'"
 */
#include <murre/page.h>

struct page *page_at(paddr_t at)
{
	return page_from_pfn(at);
}
