/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of any size: up to CLASS_MAX from slabs of size classes (two per power of two), above it
 * whole pages, of which what the power of two has too many goes back at once.
 */
#include <murre/page.h>
#include <murre/shadow.h>
#include <murre/slab.h>
#include <murre/string.h>
#include "frames.h"
#include "slab.h"
#include "watch.h"

#define CLASS(n) { .name = "bytes-" #n, .size = (n), .align = ((n) & -(n)) > 64 ? 64 : ((n) & -(n)) }
static struct slab_cache classes[] = {
	CLASS(16),   CLASS(32),	  CLASS(48),   CLASS(64),   CLASS(96),	 CLASS(128),
	CLASS(192),  CLASS(256),  CLASS(384),  CLASS(512),  CLASS(768),	 CLASS(1024),
	CLASS(1536), CLASS(2048), CLASS(3072), CLASS(4096), CLASS(6144), CLASS(8192),
};
#define CLASS_MAX 8192ul

static struct slab_cache *class_of(size_t n);
static void *take_pages(size_t n);
static void put_pages(struct page *p);

void *bytes_take_raw(size_t n)
{
	return likely(n <= CLASS_MAX) ? slab_watch_asked(slab_take(class_of(n)), n) : take_pages(n);
}

void *bytes_take(size_t n)
{
	void *p = bytes_take_raw(n);

	return likely(p) ? memset(p, 0, n) : NULL;
}

void bytes_put(void *p)
{
	struct page *page;
	struct slab_cache *c;

	if (!p)
		return;
	page = page_of_frame(pfn_of_paddr(virt_to_phys(p)));
	c = slab_cache_of(page);
	if (likely(c))
		slab_put(c, p);
	else
		put_pages(page);
}

result(bytes_box) bytes_box_new(size_t n)
{
	RETURNS(bytes_box);
	void *p = bytes_take(n);

	return p ? OK(bytes_box, handle_from(bytes_box, p)) : FAIL(ENOMEM);
}

/* Classes come in pairs above 32: 2^k and 1.5 * 2^k. */
static struct slab_cache *class_of(size_t n)
{
	unsigned top;

	if (n <= 32)
		return &classes[n > 16];
	top = 63 - __builtin_clzl(n - 1);	/* 2^top < n <= 2^(top + 1) */
	return &classes[2 * top - 8 + (n > 3ul << (top - 1))];
}

/* Page blocks remember their count of pages; each page is freed on its own. */
static never_inline void *take_pages(size_t n)
{
	size_t pages = pages_for(n);
	unsigned order;
	struct page *p;

	if (n > BYTES_MAX)
		return NULL;
	order = pages == 1 ? 0 : 64 - __builtin_clzl(pages - 1);
	p = into_count(value_or(page_alloc(order, PAGE_ANY, PAGE_KERNEL), none(page_ref)));
	if (!p)
		return NULL;
	for (size_t i = 0; i < 1ul << order; i++) {
		p[i].order = 0;
		p[i].kind = PAGE_KERNEL;
		refcount_init(&p[i].refs, 1);
		if (i >= pages)
			page_release(&p[i]);
	}
	p->private_data = pages;
	shadow_poison(page_bytes(p), pages * PAGE_SIZE, SHADOW_PAGE_RED);
	shadow_unpoison(page_bytes(p), n);
	return page_bytes(p);
}

static never_inline void put_pages(struct page *p)
{
	for (size_t i = p->private_data; i-- > 0; )
		page_release(&p[i]);
}
