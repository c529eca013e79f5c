/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug kernel's watch over page frames: what is freed is wiped, and the wiping must still be there when the frame is
 * given out again, whoever wrote meanwhile (a stale translation, a device). struct page remembers who had it last. A
 * frame's record belongs to who holds the frame, or frees it.
 */
#include <murre/log.h>
#include <murre/shadow.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "shadow.h"
#include "watch.h"

#define FREED_WORD 0x6b6b6b6b6b6b6b6bul
/* In watch.freed, beside the trace: the frame was wiped. Frames that were never used were not. */
#define WIPED 0x80000000u

static void wipe(uint64_t *words)
{
	for (size_t i = 0; i < PAGE_SIZE / 8; i++)
		words[i] = FREED_WORD;
}

static int32_t task_number(void) { return current() ? current()->id.nr : 0; }

static void record_print(const struct page *p)
{
	static const char *const kinds[PAGE_KINDS] = {
		"reserved", "free", "free", "kernel", "slab", "program", "file", "table",
	};
	const struct page_watch *w = &p->watch;

	log_print(LOG_EMERG, "page frame %#lx (%s)", (unsigned long)page_pfn(p).raw,
		  p->kind < PAGE_KINDS ? kinds[p->kind] : "?");
	if (w->allocated)
		trace_print("  allocated", w->allocated_by, w->allocated);
	if (w->freed & ~WIPED)
		trace_print("  freed", w->freed_by, w->freed & ~WIPED);
}

static void check_untouched(const struct page *p)
{
	const uint64_t *words = page_bytes(p);

	for (size_t i = 0; i < PAGE_SIZE / 8; i++) {
		if (likely(words[i] == FREED_WORD))
			continue;
		report_open();
		record_print(p);
		panic("page: write to a free page: byte %zu of frame %#lx, %#lx", i * 8, (unsigned long)page_pfn(p).raw,
		      (unsigned long)words[i]);
	}
}

void page_watch_taken(struct page *p, unsigned order)
{
	trace_nr trace = trace_here(1);

	shadow_unpoison(page_bytes(p), PAGE_SIZE << order);
	for (size_t i = 0; i < 1ul << order; i++) {
		if (p[i].watch.freed & WIPED)
			check_untouched(&p[i]);
		p[i].watch = (struct page_watch){ .allocated = trace, .allocated_by = task_number() };
	}
}

void page_watch_freed(struct page *p)
{
	trace_nr trace = trace_here(1);

	if (unlikely(p->kind <= PAGE_LOOSE)) {
		report_open();
		record_print(p);
		panic("page: freed twice: frame %#lx", (unsigned long)page_pfn(p).raw);
	}
	for (size_t i = 0; i < 1ul << p->order; i++) {
		wipe(page_bytes(&p[i]));
		p[i].watch.freed = trace | WIPED;
		p[i].watch.freed_by = task_number();
	}
	shadow_poison(page_bytes(p), PAGE_SIZE << p->order, SHADOW_PAGE_FREED);
}

void page_watch_shown(uint64_t start, uint64_t end)
{
	shadow_poison(phys_to_virt(paddr(start << PAGE_SHIFT)), (end - start) << PAGE_SHIFT, SHADOW_PAGE_FREED);
}

void page_watch_describe(const void *p)
{
	record_print(page_of_frame(pfn_of_paddr(virt_to_phys(p))));
}
