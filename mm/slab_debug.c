/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug kernel's watch over slab objects. A slot is the object, a red zone and a record of who had it last. An object
 * that is freed is checked (of this cache, given out, its red zone whole), wiped and queued in this CPU's quarantine; it
 * is free again when QUARANTINE_BYTES of others have followed it, so that a late user of it meets nobody else's data but
 * the wiping. When it is given out anew the wiping must still be there. Interrupts are off around the quarantine; a
 * record is its object's holder's.
 */
#include <murre/log.h>
#include <murre/shadow.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "shadow.h"
#include "slab.h"
#include "watch.h"

enum { FRESH_BYTE = 0x5a, FREED_BYTE = 0x6b, RED_BYTE = 0xbb };
enum slot_state { SLOT_FREE = 0x46524545, SLOT_QUEUED = 0x51554555, SLOT_USED = 0x55534544 };
#define QUARANTINE_BYTES (1ul << 20)

struct slot_record {
	struct slot_record *next;	/* in the quarantine */
	uint32_t state;			/* enum slot_state */
	uint32_t asked;			/* bytes of the object that its user may touch */
	trace_nr allocated, freed;
	int32_t allocated_by, freed_by;
};

struct quarantine {
	struct slot_record *oldest, *newest;
	size_t bytes;
};
static PER_CPU(struct quarantine, quarantine);

static inline size_t object_room(size_t size) { return align_up(max(size, 8ul), 8ul); }
static inline size_t red_bytes(size_t size) { return align_up(min(max(size / 8, 16ul), 128ul), 8ul); }

size_t slab_watch_room(size_t size)
{
	return object_room(size) + red_bytes(size) + sizeof(struct slot_record);
}

static inline size_t record_offset(const struct slab_cache *c) { return object_room(c->size) + red_bytes(c->size); }

static inline struct slot_record *record_of(const struct slab_cache *c, const void *object)
{
	return (struct slot_record *)((char *)object + record_offset(c));
}

/* Not memset, which heeds the shadow. */
static void fill(char *from, size_t n, unsigned char byte)
{
	typedef uint64_t __attribute__((may_alias, aligned(1))) word;

	for (; n >= 8; n -= 8, from += 8)
		*(word *)from = byte * 0x0101010101010101ul;
	while (n--)
		*from++ = (char)byte;
}

/* The first byte in [from, to) that is not `byte`; NULL: all are. */
static const char *first_other(const char *from, const char *to, unsigned char byte)
{
	while (from < to && *(const unsigned char *)from == byte)
		from++;
	return from < to ? from : NULL;
}

static void record_print(const struct slab_cache *c, const void *object)
{
	const struct slot_record *r = record_of(c, object);

	log_print(LOG_EMERG, "object %p of cache %s, %u bytes asked of %u", object, c->name, r->asked, c->size);
	if (r->allocated_by || r->allocated)
		trace_print("  allocated", r->allocated_by, r->allocated);
	if (r->freed_by || r->freed)
		trace_print("  freed", r->freed_by, r->freed);
}

/* The object whose slot holds the address. */
static void *object_at(const struct slab_cache *c, const void *address)
{
	uintptr_t block = align_down((uintptr_t)address, PAGE_SIZE << c->state->order);
	size_t slot = ((uintptr_t)address - block) / c->state->object_bytes;

	return (char *)block + min(slot, c->state->per_slab - 1ul) * c->state->object_bytes;
}

bool slab_watch_describe(const void *p)
{
	const struct slab_cache *c = slab_cache_of(page_of_frame(pfn_of_paddr(virt_to_phys(p))));
	const char *object;

	if (!c)
		return false;
	object = object_at(c, p);
	log_print(LOG_EMERG, "byte %ld of an object of cache %s", (long)((const char *)p - object), c->name);
	record_print(c, object);
	return true;
}

_Noreturn static cold_path void object_fault(const struct slab_cache *c, const void *object, const char *what)
{
	report_open();
	record_print(c, object);
	panic("slab: %s: object %p of cache %s", what, object, c->name);
}

_Noreturn static cold_path void write_fault(const struct slab_cache *c, const void *object, const char *at,
					    const char *what)
{
	report_open();
	record_print(c, object);
	panic("slab: %s: byte %ld of object %p of cache %s is %#x", what, (long)(at - (const char *)object), object,
	      c->name, *(const unsigned char *)at);
}

/* Giving out. ------------------------------------------------------------------------------------------------------ */

void slab_watch_made(struct slab_cache *c, char *slots, unsigned count, size_t slot_bytes)
{
	for (unsigned i = 0; i < count; i++) {
		char *object = slots + i * slot_bytes;

		fill(object + sizeof(void *), object_room(c->size) - sizeof(void *), FREED_BYTE);
		fill(object + object_room(c->size), red_bytes(c->size), RED_BYTE);
		*record_of(c, object) = (struct slot_record){ .state = SLOT_FREE };
		shadow_poison(object, slot_bytes, SHADOW_SLAB_RED);
		shadow_poison(object, object_room(c->size), SHADOW_SLAB_FREED);
	}
}

/* All but the first word, which links the free objects, is as it was wiped. */
static void check_untouched(struct slab_cache *c, const char *object, size_t from)
{
	const char *end = (const char *)record_of(c, object);
	const char *red = object + object_room(c->size);
	const char *at = first_other(object + from, red, FREED_BYTE);

	if (unlikely(at != NULL))
		write_fault(c, object, at, "write to a free object");
	at = first_other(red, end, RED_BYTE);
	if (unlikely(at != NULL))
		write_fault(c, object, at, "write beyond a free object");
}

static void quarantine_empty(slab_put_fn put);

void *slab_watch_taken(struct slab_cache *c, slab_take_fn take, slab_put_fn put)
{
	char *object = take(c);
	struct slot_record *r;

	if (unlikely(!object)) {
		quarantine_empty(put);
		object = take(c);
	}
	if (unlikely(!object))
		return NULL;
	r = record_of(c, object);
	if (unlikely(r->state != SLOT_FREE))
		object_fault(c, object, "a free object's record is damaged");
	check_untouched(c, object, sizeof(void *));
	fill(object, c->size, FRESH_BYTE);
	fill(object + c->size, object_room(c->size) - c->size, RED_BYTE);
	shadow_poison(object, object_room(c->size), SHADOW_SLAB_RED);
	shadow_unpoison(object, c->size);
	r->state = SLOT_USED;
	r->asked = c->size;
	r->allocated = trace_here(1);
	r->allocated_by = current() ? current()->id.nr : 0;
	return object;
}

void *slab_watch_asked(void *object, size_t n)
{
	struct slab_cache *c;

	if (!object)
		return NULL;
	c = slab_cache_of(page_of_frame(pfn_of_paddr(virt_to_phys(object))));
	record_of(c, object)->asked = n;
	fill((char *)object + n, object_room(c->size) - n, RED_BYTE);
	shadow_poison(object, object_room(c->size), SHADOW_SLAB_RED);
	shadow_unpoison(object, n);
	return object;
}

/* Taking back. ----------------------------------------------------------------------------------------------------- */

static void check_put(struct slab_cache *c, const char *object)
{
	const struct slab_cache *real = slab_cache_of(page_of_frame(pfn_of_paddr(virt_to_phys(object))));
	const struct slot_record *r = record_of(c, object);
	const char *at;

	if (unlikely(!real))
		panic("slab: %p is freed to cache %s and is no slab object", (const void *)object, c->name);
	if (unlikely(object != object_at(real, object)))
		object_fault(real, object_at(real, object), "freed at another place than its start");
	if (unlikely(real != c))
		object_fault(real, object, "freed to another cache");
	if (unlikely(r->state == SLOT_FREE || r->state == SLOT_QUEUED))
		object_fault(c, object, "freed twice");
	if (unlikely(r->state != SLOT_USED || r->asked > c->size))
		object_fault(c, object, "its record is damaged");
	at = first_other(object + r->asked, (const char *)r, RED_BYTE);
	if (unlikely(at != NULL))
		write_fault(c, object, at, "write beyond the object");
}

static void quarantine_push(struct quarantine *q, struct slot_record *r, size_t bytes)
{
	r->next = NULL;
	if (q->newest)
		q->newest->next = r;
	else
		q->oldest = r;
	q->newest = r;
	q->bytes += bytes;
}

/* The object that the record belongs to, and its cache, which the page knows. */
static void *object_of(struct slot_record *r, struct slab_cache **c)
{
	invariant(r);
	*c = slab_cache_of(page_of_frame(pfn_of_paddr(virt_to_phys(r))));
	return (char *)r - record_offset(*c);
}

static void quarantine_shrink(struct quarantine *q, size_t most, slab_put_fn put)
{
	while (q->bytes > most) {
		struct slot_record *r = q->oldest;
		struct slab_cache *c;
		void *object = object_of(r, &c);

		q->oldest = r->next;
		if (!q->oldest)
			q->newest = NULL;
		q->bytes -= slab_watch_room(c->size);
		check_untouched(c, object, 0);
		r->state = SLOT_FREE;
		__atomic_sub_fetch(&c->state->queued, 1, __ATOMIC_RELAXED);
		put(c, object);
	}
}

static void quarantine_empty(slab_put_fn put)
{
	irq_state s = arch_irq_save();

	quarantine_shrink(&this_cpu(quarantine), 0, put);
	arch_irq_restore(s);
}

void slab_watch_freed(struct slab_cache *c, void *object, slab_put_fn put)
{
	struct slot_record *r = record_of(c, object);

	check_put(c, object);
	r->freed = trace_here(1);
	r->freed_by = current() ? current()->id.nr : 0;
	fill(object, object_room(c->size), FREED_BYTE);
	shadow_poison(object, object_room(c->size), SHADOW_SLAB_FREED);
	irq_state s = arch_irq_save();
	r->state = SLOT_QUEUED;
	__atomic_add_fetch(&c->state->queued, 1, __ATOMIC_RELAXED);
	quarantine_push(&this_cpu(quarantine), r, slab_watch_room(c->size));
	quarantine_shrink(&this_cpu(quarantine), QUARANTINE_BYTES, put);
	arch_irq_restore(s);
}
