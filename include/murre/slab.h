/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for kernel objects. DEFINE_BOX(name, T) makes a typed cache and the handle name_box that
 * owns one T until it is opened (unbox) into the object's own life; bytes_box owns a buffer of any
 * size. Zeroed unless said otherwise. Any context; nothing here sleeps. ENOMEM.
 */
#pragma once
#include <murre/base/handle.h>
#include <murre/base/checked.h>

struct slab_cache {
	const char *name;
	uint32_t size, align;
	uint32_t index;			/* of the per-CPU lists; 0 until the first use */
	struct slab_cache *next;
	struct slab_state *state;
};
void slab_put(struct slab_cache *c, void *object);
void *slab_take(struct slab_cache *c) freed_by(slab_put, 2);	/* NULL: no memory; not zeroed */
void *slab_take_zeroed(struct slab_cache *c) freed_by(slab_put, 2);

#define DEFINE_BOX(name_, T) \
	extern struct slab_cache name_##_cache; \
	[[maybe_unused]] static inline void name_##_box_put_(T *p) { slab_put(&name_##_cache, p); } \
	DEFINE_HANDLE(name_##_box, T, name_##_box_put_) \
	[[maybe_unused]] static inline void name_##_box_free(T *p) { end_raw(name_##_box, p); } \
	[[maybe_unused]] static inline result(name_##_box) name_##_box_new(void) \
	{ \
		RETURNS(name_##_box); \
		T *p = slab_take(&name_##_cache); \
		if (unlikely(!p)) \
			return FAIL(ENOMEM); \
		__builtin_memset(p, 0, sizeof(T)); \
		return OK(name_##_box, handle_from(name_##_box, p)); \
	}
/* In one .c file, beside the object's life. */
#define DEFINE_BOX_CACHE(name_, T) \
	struct slab_cache name_##_cache = { .name = #name_, .size = sizeof(T), .align = _Alignof(T) }
/* Ends the box's ownership: the object goes on under its own rules, until name_box_free(p). */
#define unbox(b) into_raw(give(b))

/* A buffer of up to BYTES_MAX. */
#define BYTES_MAX (4ul << 20)
void bytes_put(void *p);					/* NULL is fine */
void *bytes_take(size_t n) freed_by(bytes_put, 1);		/* NULL: no memory; zeroed */
void *bytes_take_raw(size_t n) freed_by(bytes_put, 1);		/* the same, not zeroed: the caller fills it */
DEFINE_HANDLE(bytes_box, void, bytes_put)
result(bytes_box) bytes_box_new(size_t n);

/* What each cache holds, for /proc/slabinfo: false past the last. */
struct slab_info { const char *name; size_t object_bytes, objects_used, objects_total, pages; };
bool slab_info_nth(unsigned n, struct slab_info *out);
/* Start task; kernel_main runs it right after page_start. Does nothing the second time. */
void slab_start(void);
