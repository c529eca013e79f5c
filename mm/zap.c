/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking pages out of the page tables of a space, under its mutex. A page is let go only after every CPU has forgotten its
 * translation: pages are gathered, the range is flushed, then they are released.
 */
#include "space.h"

enum { GATHER_MAX = 64 };

struct gather {
	struct vm_space *space;
	uintptr_t start, end;		/* to be flushed */
	unsigned count;
	struct page *pages[GATHER_MAX];
};

static void gather_end(struct gather *g);
static void uncount(struct vm_space *s, const struct vma *v, const struct page *p);
static void zap_entries(struct gather *g, const struct vma *v, pte_t *entry, uintptr_t va, uintptr_t end, bool keep_copies);
static void zap(struct vm_space *s, const struct vma *v, uintptr_t start, uintptr_t end, bool keep_copies);
static inline uintptr_t leaf_end(uintptr_t va, uintptr_t end) { return min(align_down(va, LEAF_SPAN) + LEAF_SPAN, end); }

void zap_range(struct vm_space *s, vm_space_locked l, const struct vma *v, uintptr_t start, uintptr_t end)
{
	zap(s, v, start, end, false);
}

void zap_cut(struct vm_space *s, vm_space_locked l, const struct vma *v, const struct cut *c)
{
	uint64_t first = vma_index(v, v->start), end = first + vma_pages(v);
	uint64_t from = max(first, c->first), to = min(end, c->end);

	if (from < to)
		zap(s, v, v->start + ((from - first) << PAGE_SHIFT), v->start + ((to - first) << PAGE_SHIFT), !c->copies_too);
}

void zap_dead(struct vm_space *s, vm_space_locked l, const struct vma *v)
{
	for (uintptr_t va = v->start; (va = arch_leaf_next(&s->arch, va, v->end)) < v->end; ) {
		uintptr_t end = leaf_end(va, v->end);
		pte_t *entry = arch_pte_find(&s->arch, va), *stop = entry + ((end - va) >> PAGE_SHIFT);

		while ((entry = entry_next(entry, stop)) < stop) {
			struct page *p = page_of_frame(pte_pfn(*entry));

			pte_set(entry++, PTE_NONE);
			if (p != zero_page)
				page_release(p);
		}
		va = end;
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
	s->leaf = NULL;
	arch_tables_free(&s->arch, start, end, prev ? prev->end : 0, next ? next->start : USER_TOP);
}

uint64_t vm_space_resident(const struct vm_space *s)
{
	int64_t pages = read_once(s->anon_pages) + read_once(s->file_pages) + read_once(s->shmem_pages);

	return pages > 0 ? pages : 0;
}

void peak_note(struct vm_space *s)
{
	s->peak_resident = max(s->peak_resident, vm_space_resident(s));
}

static void zap(struct vm_space *s, const struct vma *v, uintptr_t start, uintptr_t end, bool keep_copies)
{
	struct gather g not_zeroed;	/* all but the pages is set here */

	peak_note(s);
	g.space = s;
	g.start = UINTPTR_MAX;
	g.end = 0;
	g.count = 0;
	for (uintptr_t va = start; (va = arch_leaf_next(&s->arch, va, end)) < end; va = leaf_end(va, end))
		zap_entries(&g, v, arch_pte_find(&s->arch, va), va, leaf_end(va, end), keep_copies);
	gather_end(&g);
}

static void zap_entries(struct gather *g, const struct vma *v, pte_t *entry, uintptr_t va, uintptr_t end, bool keep_copies)
{
	pte_t *first = entry, *stop = entry + ((end - va) >> PAGE_SHIFT);

	for (; (entry = entry_next(entry, stop)) < stop; entry++) {
		struct page *p = page_of_frame(pte_pfn(*entry));
		uintptr_t at = va + ((uintptr_t)(entry - first) << PAGE_SHIFT);

		if (unlikely(keep_copies && p->kind == PAGE_ANON))
			continue;
		pte_clear(entry);
		g->start = min(g->start, at);
		g->end = at + PAGE_SIZE;
		if (p == zero_page)
			continue;
		uncount(g->space, v, p);
		g->pages[g->count++] = p;
		if (g->count == GATHER_MAX)
			gather_end(g);
	}
}

static void uncount(struct vm_space *s, const struct vma *v, const struct page *p)
{
	if (p->kind == PAGE_ANON)
		s->anon_pages--;
	else
		(*resident_of(s, v))--;
}

static void gather_end(struct gather *g)
{
	if (g->start < g->end)
		arch_tlb_flush_range(&g->space->arch, g->start, g->end);
	for (unsigned i = 0; i < g->count; i++)
		page_release(g->pages[i]);
	g->start = UINTPTR_MAX;
	g->end = 0;
	g->count = 0;
}
