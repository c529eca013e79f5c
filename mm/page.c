/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocating frames. Each CPU keeps a stack of single frames that only it touches, with interrupts
 * off; it is refilled from and emptied into the buddy allocator in batches. A part of memory is
 * kept back for the kernel when programs ask, and a smaller one for those who free memory or cannot
 * wait. What each frame is used for is counted per CPU.
 */
#include <murre/inject.h>
#include <murre/log.h>
#include <murre/start.h>
#include <murre/string.h>
#include "frames.h"
#include "watch.h"

enum { BATCH_ORDER = 5, BATCH = 1 << BATCH_ORDER };

struct frame_cache {
	struct list_node *top;		/* page->link, linked by next */
	unsigned count;
	int64_t by_kind[PAGE_KINDS];	/* frames taken minus given back on this CPU */
};
PER_CPU(struct frame_cache, frame_cache);

static result(page_ref) block_alloc(unsigned order, unsigned request, enum page_kind kind);
static struct page *take_block(unsigned order, unsigned request);
static bool refill(struct frame_cache *c, unsigned request);
static void drain(struct frame_cache *c, unsigned count);
static void free_block(struct page *p);
static uint64_t kept_back(unsigned request, uint64_t total);
static inline struct page *page_of_link(struct list_node *n)
{
	return container_of(n, struct page, link);
}

static inline void page_begin(struct page *p, unsigned order, enum page_kind kind)
{
	refcount_init(&p->refs, 1);
	p->order_kind_flags = order | (uint32_t)kind << 8;
}

static inline void count_kind(enum page_kind kind, int64_t frames)
{
	irq_state irqs = arch_irq_save();

	this_cpu(frame_cache).by_kind[kind] += frames;
	arch_irq_restore(irqs);
}

result(page_ref) page_alloc(unsigned order, unsigned request, enum page_kind kind)
{
	RETURNS(page_ref);
	irq_state irqs;
	struct frame_cache *c;
	struct page *p;

	/* Slabs and tables are counted where they are taken from, wherever that has them from. */
	if (kind != PAGE_SLAB && kind != PAGE_TABLE && failure_due(INJECT_ALLOC))
		return FAIL(ENOMEM);
	if (unlikely(order))
		return block_alloc(order, request, kind);
	irqs = arch_irq_save();
	c = &this_cpu(frame_cache);
	if (unlikely(!c->top) && !refill(c, request)) {
		arch_irq_restore(irqs);
		return FAIL(ENOMEM);
	}
	p = page_of_link(c->top);
	c->top = p->link.next;
	c->count--;
	c->by_kind[kind]++;
	arch_irq_restore(irqs);
	page_begin(p, 0, kind);
	page_watch_taken(p, 0);
	if (request & PAGE_ZERO)
		arch_page_clear(page_bytes(p));
	return OK(page_ref, handle_from(page_ref, p));
}

static never_inline result(page_ref)
	block_alloc(unsigned order, unsigned request, enum page_kind kind)
{
	RETURNS(page_ref);
	struct page *p = take_block(order, request);

	if (!p)
		return FAIL(ENOMEM);
	page_begin(p, order, kind);
	page_watch_taken(p, order);
	if (request & PAGE_ZERO)
		for (size_t i = 0; i < 1ul << order; i++)
			arch_page_clear((char *)page_bytes(p) + i * PAGE_SIZE);
	count_kind(kind, 1l << order);
	return OK(page_ref, handle_from(page_ref, p));
}

void page_free(struct page *p)
{
	page_watch_freed(p);
	irq_state irqs = arch_irq_save();
	struct frame_cache *c = &this_cpu(frame_cache);

	c->by_kind[p->kind] -= 1l << p->order;
	if (likely(p->order == 0)) {
		p->kind = PAGE_LOOSE;
		p->link.next = c->top;
		c->top = &p->link;
		if (unlikely(++c->count > frames_kept_per_cpu))
			drain(c, frames_kept_per_cpu / 2);
	} else {
		free_block(p);
	}
	arch_irq_restore(irqs);
}

struct page *page_from_pfn(pfn_t pfn)
{
	if (!frames_has(pfn.raw))
		return NULL;
	hold(frames, f, &all_frames);
	frames_show(f, pfn.raw);
	return page_of_frame(pfn);
}

void page_free_range(paddr_t start, uint64_t bytes)
{
	uint64_t first = pages_for(start.raw), end = (start.raw + bytes) >> PAGE_SHIFT;

	hold(frames, f, &all_frames);
	for (uint64_t pfn = first; pfn < end; pfn++) {
		if (!frames_is_boot_time(f, pfn))
			continue;
		page_watch_shown(pfn, pfn + 1);
		buddy_put(&in(f)->buddy, pfn, 0);
		in(f)->total++;
	}
}

result(page_ref) page_adopt(pfn_t pfn, enum page_kind kind)
{
	RETURNS(page_ref);
	struct page *p = page_of_frame(pfn);

	hold(frames, f, &all_frames);
	if (!frames_is_boot_time(f, pfn.raw))
		return FAIL(EINVAL);
	refcount_init(&p->refs, 1);
	p->kind = kind;
	p->order = 0;
	in(f)->total++;
	this_cpu(frame_cache).by_kind[kind]++;
	return OK(page_ref, handle_from(page_ref, p));
}

void page_stats_get(struct page_stats *out)
{
	int64_t by_kind[PAGE_KINDS] = {}, cached = 0;

	for (unsigned cpu = 0; cpu < read_once(cpus_online); cpu++) {
		struct frame_cache *c = &cpu_copy(cpu_locals[cpu], frame_cache);

		cached += read_once(c->count);
		for (unsigned k = 0; k < PAGE_KINDS; k++)
			by_kind[k] += read_once(c->by_kind[k]);
	}
	hold(frames, f, &all_frames);
	*out = (struct page_stats){
		.total = in(f)->total,
		.free = frames_free(f) + cached,
		.reserve = kept_back(PAGE_FOR_USER, in(f)->total),
		.anon = by_kind[PAGE_ANON],
		.object = by_kind[PAGE_OBJECT],
		.slab = by_kind[PAGE_SLAB],
		.tables = by_kind[PAGE_TABLE],
		.kernel = by_kind[PAGE_KERNEL],
	};
}

uint64_t page_total(void) { return read_once(peek(&all_frames)->total); }

static struct page *take_block(unsigned order, unsigned request)
{
	struct page *p;

	if (order > PAGE_ORDER_MAX)
		return NULL;
	hold(frames, f, &all_frames);
	if (frames_free(f) < kept_back(request, in(f)->total) + (1ul << order))
		return NULL;
	do
		p = buddy_take(&in(f)->buddy, order);
	while (!p && frames_show_next(f));
	return p;
}

/* A batch of single frames, or only one when memory is short. Interrupts are off, here and below. */
static never_inline bool refill(struct frame_cache *c, unsigned request)
{
	hold(frames, f, &all_frames);
	uint64_t back = kept_back(request, in(f)->total), free = frames_free(f);
	unsigned order = free > 4 * kept_back(PAGE_FOR_USER, in(f)->total) + BATCH ? BATCH_ORDER
										   : 0;

	if (free <= back)
		return false;
	while (c->count < 1u << order) {
		struct page *p = buddy_take_upto(&in(f)->buddy, order);

		if (!p && frames_show_next(f))
			continue;
		if (!p)
			break;
		for (unsigned i = 0; i < 1u << p->order; i++) {
			p[i].kind = PAGE_LOOSE;
			p[i].link.next = c->top;
			c->top = &p[i].link;
			c->count++;
		}
	}
	return c->top != NULL;
}

static never_inline void drain(struct frame_cache *c, unsigned count)
{
	hold(frames, f, &all_frames);
	while (count-- && c->top) {
		struct page *p = page_of_link(c->top);

		c->top = c->top->next;
		c->count--;
		buddy_put(&in(f)->buddy, page_pfn(p).raw, 0);
	}
}

static never_inline void free_block(struct page *p)
{
	hold(frames, f, &all_frames);
	buddy_put(&in(f)->buddy, page_pfn(p).raw, p->order);
}

/* Frames that a request of this kind must leave. */
static uint64_t kept_back(unsigned request, uint64_t total)
{
	uint64_t reserve = min(max(total / 256, 32ul), 4096ul);

	if (request & PAGE_URGENT)
		return 0;
	return request & PAGE_FOR_USER ? reserve : reserve / 4;
}
