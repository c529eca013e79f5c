/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking pages out of the page tables of a space, under its mutex. A page is let go only after
 * every CPU has forgotten its translation: pages are gathered, the range is flushed, then they are
 * released.
 */
#include "space.h"

enum { GATHER_MAX = 64 };

struct gather {
	struct vm_space *space;
	uintptr_t start, end;		/* to be flushed */
	uint64_t shared;		/* pages of the object that were unmapped */
	unsigned count;			/* pages below, all PAGE_ANON */
	struct page *pages[GATHER_MAX];
};

static void gather_begin(struct gather *g);
static void gather_end(struct gather *g) needs_lock(vm_space_role);
static void zap_entries(struct gather *g, pte_t *entry, uintptr_t va, uintptr_t end,
			bool keep_copies) needs_lock(vm_space_role);
static void zap(struct vm_space *s, const struct vma *v, uintptr_t start, uintptr_t end,
		bool keep_copies) needs_lock(vm_space_role);

void zap_range(struct vm_space *s, vm_space_locked l, const struct vma *v, uintptr_t start,
	       uintptr_t end)
{
	shown_by(l);
	zap(s, v, start, end, false);
}

void zap_cut(struct vm_space *s, vm_space_locked l, const struct vma *v, const struct cut *c)
{
	uint64_t first = vma_index(v, v->start), end = first + vma_pages(v);
	uint64_t from = max(first, c->first), to = min(end, c->end);

	shown_by(l);
	if (from < to)
		zap(s, v, v->start + ((from - first) << PAGE_SHIFT),
		    v->start + ((to - first) << PAGE_SHIFT), !c->copies_too);
}

void zap_dead(struct vm_space *s, vm_space_locked l, const struct vma *v)
{
	pte_t *entry;

	shown_by(l);
	for (uintptr_t va = v->start, end; (entry = leaf_next(s, &va, v->end)); va = end) {
		pte_t *stop = entry + (((end = leaf_end(va, v->end)) - va) >> PAGE_SHIFT);

		while ((entry = entry_next(entry, stop)) < stop) {
			struct page *p = page_of_frame(pte_pfn(*entry));

			pte_set(entry++, PTE_NONE);
			if (p->kind == PAGE_ANON)
				page_release(p);
		}
	}
}

void tables_trim(struct vm_space *s, vm_space_locked l, uintptr_t start, uintptr_t end)
{
	uint64_t tables = s->arch.table_pages;
	struct vma *next, *prev;

	/* A table or two that stay empty serve the next mapping there. */
	if (end - start < LEAF_SPAN && tables < 64 + vm_space_resident(s) / 64)
		return;
	next = vma_above(l, start);
	prev = next ? vma_tree_prev(next) : vma_tree_last(&in(l)->vmas);
	shown_by(l);
	s->leaf = NULL;
	arch_tables_free(&s->arch, start, end, prev ? prev->end : 0, next ? next->start : USER_TOP);
}

uint64_t vm_space_resident(const struct vm_space *s)
{
	int64_t pages = read_once(s->anon_pages) + read_once(s->file_pages) +
			read_once(s->shmem_pages);

	return pages > 0 ? pages : 0;
}

void peak_note(struct vm_space *s)
{
	s->peak_resident = max(s->peak_resident, vm_space_resident(s));
}

static void zap(struct vm_space *s, const struct vma *v, uintptr_t start, uintptr_t end,
		bool keep_copies)
{
	struct gather g not_zeroed;	/* all but the pages is set here */
	pte_t *entry;

	peak_note(s);
	g.space = s;
	g.shared = 0;
	gather_begin(&g);
	for (uintptr_t va = start; (entry = leaf_next(s, &va, end)); va = leaf_end(va, end))
		zap_entries(&g, entry, va, leaf_end(va, end), keep_copies);
	gather_end(&g);
	if (!is_none(v->object))
		*resident_of(s, v) -= g.shared;
}

static void zap_entries(struct gather *g, pte_t *entry, uintptr_t va, uintptr_t end,
			bool keep_copies)
{
	pte_t *first = entry, *stop = entry + ((end - va) >> PAGE_SHIFT);

	for (; (entry = entry_next(entry, stop)) < stop; entry++) {
		struct page *p = page_of_frame(pte_pfn(*entry));
		bool is_copy = p->kind == PAGE_ANON;

		if (unlikely(is_copy && keep_copies))
			continue;
		pte_clear(entry);
		if (g->start > g->end)
			g->start = va + ((uintptr_t)(entry - first) << PAGE_SHIFT);
		g->end = va + ((uintptr_t)(entry - first + 1) << PAGE_SHIFT);
		if (!is_copy) {
			g->shared++;
			continue;
		}
		g->pages[g->count++] = p;
		if (g->count == GATHER_MAX)
			gather_end(g);
	}
}

static void gather_end(struct gather *g)
{
	g->space->anon_pages -= g->count;
	if (g->start < g->end)
		arch_tlb_flush_range(&g->space->arch, g->start, g->end);
	for (unsigned i = 0; i < g->count; i++)
		page_release(g->pages[i]);
	gather_begin(g);
}

static void gather_begin(struct gather *g)
{
	g->start = UINTPTR_MAX;
	g->end = 0;
	g->count = 0;
}
