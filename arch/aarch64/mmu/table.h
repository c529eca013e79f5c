/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for page tables. One that comes back has no entry any more, so a few are kept per CPU, to
 * be used again without clearing.
 */
#pragma once
#include <murre/page.h>

DEFINE_LIST(table, struct page, link)

/* An empty table. ENOMEM. */
result(page_ref) table_take(void);
/* Takes an empty table back. */
void table_put(struct page *p);
