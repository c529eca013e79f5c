/* SPDX-License-Identifier: GPL-2.0-only */
/* The buddy allocator (buddy.h). A free block is known by its first page: kind PAGE_FREE and its
 * order. */
#include "buddy.h"

static inline struct page *frame(uint64_t pfn) { return page_of_frame((pfn_t){ pfn }); }

static void list_block(struct buddy *b, struct page *p, unsigned order)
{
	p->kind = PAGE_FREE;
	p->order = order;
	block_list_push_front(&b->free[order], p);
	b->nonempty |= 1u << order;
}

static void unlist_block(struct buddy *b, struct page *p)
{
	block_list_remove(p);
	if (block_list_empty(&b->free[p->order]))
		b->nonempty &= ~(1u << p->order);
	p->kind = PAGE_LOOSE;
}

void buddy_init(struct buddy *b)
{
	for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
		block_list_init(&b->free[i]);
}

void buddy_put(struct buddy *b, uint64_t pfn, unsigned order)
{
	b->free_frames += 1ul << order;
	frame(pfn)->kind = PAGE_LOOSE;
	while (order < PAGE_ORDER_MAX) {
		struct page *other = frame(pfn ^ 1ul << order);

		if (other->kind != PAGE_FREE || other->order != order)
			break;
		unlist_block(b, other);
		pfn &= ~(1ul << order);
		order++;
	}
	list_block(b, frame(pfn), order);
}

void buddy_put_range(struct buddy *b, uint64_t start, uint64_t end)
{
	while (start < end) {
		unsigned order = start ? min(__builtin_ctzll(start), PAGE_ORDER_MAX)
				       : PAGE_ORDER_MAX;

		while (start + (1ul << order) > end)
			order--;
		buddy_put(b, start, order);
		start += 1ul << order;
	}
}

struct page *buddy_take(struct buddy *b, unsigned order)
{
	unsigned fitting = b->nonempty >> order << order;
	struct page *p;

	if (!fitting)
		return NULL;
	p = block_list_first(&b->free[__builtin_ctz(fitting)]);
	invariant(p);			/* the bit is set while the list has blocks */
	unlist_block(b, p);
	b->free_frames -= 1ul << order;
	while (p->order > order) {
		p->order--;
		list_block(b, p + (1ul << p->order), p->order);
	}
	return p;
}

struct page *buddy_take_upto(struct buddy *b, unsigned order)
{
	unsigned fitting = b->nonempty & ((2u << order) - 1);
	struct page *p;

	if (!fitting)
		return buddy_take(b, order);
	p = block_list_first(&b->free[__builtin_ctz(fitting)]);
	unlist_block(b, p);
	b->free_frames -= 1ul << p->order;
	return p;
}
