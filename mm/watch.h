/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the allocators call the debug kernel's watchers (slab_debug.c, page_debug.c): what is given out is whole, what
 * comes back is ours and comes back once, and nobody writes what is free. In the ordinary kernel the calls are the plain
 * operations that they wrap. Private to mm/.
 */
#pragma once
#include <murre/page.h>
#include <murre/slab.h>
#include "slab.h"

typedef void *(*slab_take_fn)(struct slab_cache *c);
typedef void (*slab_put_fn)(struct slab_cache *c, void *object);

#ifdef MURRE_DEBUG

/* Bytes of a slot for an object of this size: the object, a red zone, and the watcher's own record. */
size_t slab_watch_room(size_t size);
/* A slab of `count` free slots; the first word of each links the free objects. */
void slab_watch_made(struct slab_cache *c, char *slots, unsigned count, size_t slot_bytes);
/* Takes an object and checks that nobody wrote it while it was free; when there is none, what waits to be free is given
 * up for it. NULL: no memory. */
void *slab_watch_taken(struct slab_cache *c, slab_take_fn take, slab_put_fn put);
/* The object's user asked for n bytes of it only. NULL stays NULL. */
void *slab_watch_asked(void *object, size_t n);
/* Checks the object, wipes it and keeps it for a while; others that have waited long enough go back by put. */
void slab_watch_freed(struct slab_cache *c, void *object, slab_put_fn put);
/* Objects of the cache that are freed but wait to be free. */
static inline size_t slab_watch_queued(const struct slab_cache *c) { return read_once(c->state->queued); }

/* A block was allocated: checks that nobody wrote it while it was free. */
void page_watch_taken(struct page *p, unsigned order);
/* A block is about to be freed. */
void page_watch_freed(struct page *p);
/* Of a page that is the kernel's: it is part of a stack. */
enum { PAGE_IS_STACK = 1 };
static inline void page_watch_stack(struct page *p) { p->flags = PAGE_IS_STACK; }
/* Frames [start, end) become the allocator's for the first time. */
void page_watch_shown(uint64_t start, uint64_t end);

#else

static always_inline size_t slab_watch_room(size_t size) { return size; }
static always_inline void slab_watch_made(struct slab_cache *c, char *slots, unsigned count, size_t slot_bytes) {}
static always_inline void *slab_watch_taken(struct slab_cache *c, slab_take_fn take, slab_put_fn put) { return take(c); }
static always_inline void *slab_watch_asked(void *object, size_t n) { return object; }
static always_inline void slab_watch_freed(struct slab_cache *c, void *object, slab_put_fn put) { put(c, object); }
static always_inline size_t slab_watch_queued(const struct slab_cache *c) { return 0; }
static always_inline void page_watch_taken(struct page *p, unsigned order) {}
static always_inline void page_watch_freed(struct page *p) {}
static always_inline void page_watch_stack(struct page *p) {}
static always_inline void page_watch_shown(uint64_t start, uint64_t end) {}

#endif
