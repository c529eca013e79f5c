/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of mm/ need to know of slabs. Private to mm/. */
#pragma once
#include <murre/lock.h>
#include <murre/page.h>
#include <murre/slab.h>

DEFINE_LIST(slab, struct page, link)
struct slab_state_data {
	struct slab_list partial;	/* slabs with a free object */
	size_t used, slabs;		/* objects not in a slab's own free list; blocks */
};
DEFINE_GUARDED_IRQ(slab_state, struct slab_state_data, RANK_SLAB)
struct slab_state {
	guarded(slab_state) data;
	uint32_t object_bytes, per_slab, batch, order;
#ifdef MURRE_DEBUG
	uint32_t queued;		/* objects that wait to be free; changed atomically */
#endif
};

/* The cache that the page's objects belong to; NULL when it is no slab. */
struct slab_cache *slab_cache_of(const struct page *p);
