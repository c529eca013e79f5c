/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed caches of kernel objects. A slab is a block of pages cut into objects of one cache; free
 * objects are linked through their first word. Each CPU has a list of free objects per cache, taken
 * from and given back to the slabs in batches; slabs with free objects are on their cache's list,
 * under its lock; one that is all free goes back to the page allocator. A slab's bookkeeping is in
 * its first struct page: flags counts objects in use, private_data holds the cache's index (in
 * every page of the block, so that bytes_put finds it) and the first free object.
 */
#include <murre/inject.h>
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/radix.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include "slab.h"
#include "watch.h"

enum { CACHES_MAX = 192, SLAB_ORDER_MAX = 3 };

struct cpu_list {
	void *top;
	uint32_t count;
	uint32_t limit;			/* above it half goes back */
};
PER_CPU(struct cpu_list, cpu_lists)[CACHES_MAX];

struct cache_table {
	struct slab_cache *caches[CACHES_MAX];
	uint32_t count;			/* index 0 stays unused */
};
DEFINE_GUARDED_IRQ(slab_caches, struct cache_table, RANK_SLAB - 1)
static guarded(slab_caches) all_caches;
static struct slab_state states[CACHES_MAX];

static void *refill(struct slab_cache *c);
static void drain(struct slab_cache *c, struct cpu_list *l);
static bool cache_register(struct slab_cache *c);
static void shape(struct slab_cache *c, struct slab_state *s);
static struct page *slab_new(struct slab_cache *c, slab_state_locked held);
static void *slab_pop(struct page *slab, slab_state_locked held);
static void slab_push(struct slab_cache *c, void *object, slab_state_locked held);

/* private_data of a slab's pages: cache index above bit 48, address of the first free object below
 * it. */
static inline unsigned slab_index(const struct page *p) { return p->private_data >> 48; }
static inline void *slab_free(const struct page *p)
{
	uint64_t address = p->private_data & 0xffffffffffffull;

	return address ? (void *)(address | 0xffffull << 48) : NULL;
}
static inline void slab_set(struct page *p, unsigned index, void *free)
{
	p->private_data = (uint64_t)index << 48 | ((uintptr_t)free & 0xffffffffffffull);
}

/* An object off the CPU's list; the slabs are asked when that is empty. */
static always_inline void *take_now(struct slab_cache *c)
{
	irq_state irqs = arch_irq_save();
	struct cpu_list *l = &this_cpu(cpu_lists)[c->index];
	void *object = l->top;

	if (likely(object)) {
		l->top = *(void **)object;
		l->count--;
	} else {
		object = refill(c);
	}
	arch_irq_restore(irqs);
	return object;
}

static always_inline void put_now(struct slab_cache *c, void *object)
{
	irq_state irqs = arch_irq_save();
	struct cpu_list *l = &this_cpu(cpu_lists)[c->index];

	*(void **)object = l->top;
	l->top = object;
	if (unlikely(++l->count > l->limit))
		drain(c, l);
	arch_irq_restore(irqs);
}

void *slab_take(struct slab_cache *c)
{
	return failure_due(INJECT_ALLOC) ? NULL : slab_watch_taken(c, take_now, put_now);
}

void slab_put(struct slab_cache *c, void *object)
{
	slab_watch_freed(c, object, put_now);
}

void *slab_take_zeroed(struct slab_cache *c)
{
	void *object = slab_take(c);

	return likely(object) ? memset(object, 0, c->size) : NULL;
}

struct slab_cache *slab_cache_of(const struct page *p)
{
	return p->kind == PAGE_SLAB ? peek(&all_caches)->caches[slab_index(p)] : NULL;
}

bool slab_info_nth(unsigned n, struct slab_info *out)
{
	struct slab_cache *c = n + 1 < CACHES_MAX ? read_once(peek(&all_caches)->caches[n + 1])
						  : NULL;
	size_t kept;

	if (!c)
		return false;
	kept = slab_watch_queued(c);
	for (unsigned cpu = 0; cpu < read_once(cpus_online); cpu++)
		kept += read_once(cpu_copy(cpu_locals[cpu], cpu_lists)[c->index].count);
	hold(slab_state, s, &c->state->data);
	*out = (struct slab_info){
		.name = c->name,
		.object_bytes = c->state->object_bytes,
		.objects_used = in(s)->used - min(kept, in(s)->used),
		.objects_total = in(s)->slabs * c->state->per_slab,
		.pages = in(s)->slabs << c->state->order,
	};
	return true;
}

/* Radix trees take their nodes here. A node that readers may still see is freed after a grace
 * period. */
static struct slab_cache radix_node_cache = {
	.name = "radix_node",
	.size = sizeof(struct radix_node),
	.align = _Alignof(struct radix_node),
};
_Static_assert(sizeof(struct rcu_head) <= sizeof((struct radix_node){}.reclaim),
	       "room for the RCU head");

static struct radix_node *node_take(void) { return slab_take_zeroed(&radix_node_cache); }
static void node_put(struct radix_node *n) { slab_put(&radix_node_cache, n); }
static void node_put_rcu(struct rcu_head *h)
{
	node_put(container_of((void **)h, struct radix_node, reclaim[0]));
}
static void node_retire(struct radix_node *n)
{
	rcu_free((struct rcu_head *)n->reclaim, node_put_rcu);
}
static const struct radix_node_source node_source = { node_take, node_put, node_retire };

START_TASK(slab_start, needs(page_start))
{
	radix_node_source = &node_source;
}

/* An object for a CPU whose list is empty, and a batch for the list. Interrupts are off. */
static never_inline void *refill(struct slab_cache *c)
{
	struct cpu_list *l;
	void *object = NULL;

	if (unlikely(!c->index) && !cache_register(c))
		return NULL;
	l = &this_cpu(cpu_lists)[c->index];
	if (unlikely(l->top)) {
		object = l->top;
		l->top = *(void **)object;
		l->count--;
		return object;
	}
	l->limit = 2 * c->state->batch;
	hold(slab_state, s, &c->state->data);
	for (unsigned i = 0; i < c->state->batch; i++) {
		invariant(in(s)->partial.head.next);
		struct page *slab = slab_list_first(&in(s)->partial);

		/* A new slab only for the object asked for, not to fill the list. */
		if (!slab && !object)
			slab = slab_new(c, s);
		if (!slab)
			break;
		if (object) {
			*(void **)object = l->top;
			l->top = object;
			l->count++;
		}
		object = slab_pop(slab, s);
	}
	return object;
}

/* Gives half of a CPU's list back to the slabs. Interrupts are off. */
static never_inline void drain(struct slab_cache *c, struct cpu_list *l)
{
	hold(slab_state, s, &c->state->data);
	for (unsigned i = c->state->batch; i > 0 && l->top; i--) {
		void *object = l->top;

		l->top = *(void **)object;
		l->count--;
		slab_push(c, object, s);
	}
}

static cold_path bool cache_register(struct slab_cache *c)
{
	hold(slab_caches, t, &all_caches);
	uint32_t index = in(t)->count + 1;

	if (c->index)
		return true;
	if (index == CACHES_MAX) {
		log_err("slab: no room for cache %s", c->name);
		return false;
	}
	shape(c, &states[index]);
	c->state = &states[index];
	in(t)->caches[index] = c;
	in(t)->count = index;
	__atomic_store_n(&c->index, index, __ATOMIC_RELEASE);
	return true;
}

/* Objects per slab: the smallest block that wastes less than an eighth, or the largest allowed. */
static void shape(struct slab_cache *c, struct slab_state *s)
{
	size_t align = max(c->align, 8u);

	s->object_bytes = align_up(slab_watch_room(max(c->size, 8u)), align);
	for (s->order = 0; s->order < SLAB_ORDER_MAX; s->order++) {
		size_t bytes = PAGE_SIZE << s->order;

		if (bytes / s->object_bytes >= 4 && bytes % s->object_bytes <= bytes / 8)
			break;
	}
	s->per_slab = (PAGE_SIZE << s->order) / s->object_bytes;
	kernel_assert(s->per_slab > 0);
	s->batch = s->object_bytes <= 256 ? 32 : s->object_bytes <= 1024 ? 16 : 4;
	slab_list_init(&peek(&s->data)->partial);
}

/* A fresh slab, all free, on the list. */
static struct page *slab_new(struct slab_cache *c, slab_state_locked held)
{
	struct slab_state *s = c->state;
	struct page *p = into_count(value_or(page_alloc(s->order, PAGE_ANY, PAGE_SLAB), none(page_ref)));
	char *bytes;
	void *free = NULL;

	if (!p)
		return NULL;
	bytes = page_bytes(p);
	for (unsigned i = s->per_slab; i-- > 0; ) {
		*(void **)(bytes + (size_t)i * s->object_bytes) = free;
		free = bytes + (size_t)i * s->object_bytes;
	}
	for (unsigned i = 0; i < 1u << s->order; i++) {
		p[i].kind = PAGE_SLAB;
		slab_set(&p[i], c->index, free);
	}
	slab_watch_made(c, bytes, s->per_slab, s->object_bytes);
	slab_list_push_front(&in(held)->partial, p);
	in(held)->slabs++;
	return p;
}

static void *slab_pop(struct page *slab, slab_state_locked held)
{
	void *object = slab_free(slab), *next;

	invariant(object);		/* slabs on the list have one */
	next = *(void **)object;
	slab_set(slab, slab_index(slab), next);
	slab->flags++;
	in(held)->used++;
	invariant(slab_list_linked(slab));
	if (!next)
		slab_list_remove(slab);
	return object;
}

static void slab_push(struct slab_cache *c, void *object, slab_state_locked held)
{
	struct slab_state *s = c->state;
	uintptr_t block = (uintptr_t)object & ~((PAGE_SIZE << s->order) - 1);
	struct page *slab = page_of_frame(pfn_of_paddr(virt_to_phys((void *)block)));
	void *free = slab_free(slab);

	*(void **)object = free;
	slab_set(slab, c->index, object);
	in(held)->used--;
	slab->flags--;
	if (!free)
		slab_list_push_front(&in(held)->partial, slab);
	/* The last slab with free objects stays, for the next refill. */
	if (slab->flags > 0 || in(held)->slabs == 1)
		return;
	slab_list_remove(slab);
	in(held)->slabs--;
	for (unsigned i = 1; i < 1u << s->order; i++)
		slab[i].kind = PAGE_LOOSE;
	page_release(slab);
}
