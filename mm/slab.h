/* SPDX-License-Identifier: GPL-2.0-only */
/* What mm/bytes.c needs to know of slabs. Private to mm/. */
#pragma once
#include <murre/slab.h>

struct page;
/* The cache that the page's objects belong to; NULL when it is no slab. */
struct slab_cache *slab_cache_of(const struct page *p);
