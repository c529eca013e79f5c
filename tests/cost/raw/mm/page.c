/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking a page. */
#include "../twin.h"
#define page_alloc original_page_alloc
#include <mm/page.c>
#undef page_alloc

struct page *raw_page_alloc(unsigned order, unsigned request, enum page_kind kind)
{
	struct frame_cache *c;
	irq_state irqs;
	struct page *p;

	if (unlikely(order)) {
		attempt(block, err, block_alloc(order, request, kind));
		return err ? (struct page *)(long)-err : at(block);
	}
	irqs = arch_irq_save();
	c = &this_cpu(frame_cache);
	if (unlikely(!c->top) && !refill(c, request)) {
		arch_irq_restore(irqs);
		return (struct page *)-ENOMEM;
	}
	p = page_of_link(c->top);
	c->top = p->link.next;
	c->count--;
	c->by_kind[kind]++;
	arch_irq_restore(irqs);
	page_begin(p, 0, kind);
	if (request & PAGE_ZERO)
		arch_page_clear(page_bytes(p));
	return p;
}
