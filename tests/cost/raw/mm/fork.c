/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying an address space. */
#include "../twin.h"
#include "mm/space.h"
#define vm_space_fork original_vm_space_fork
#include <mm/fork.c>
#undef vm_space_fork

struct vm_space *raw_space_fork(struct vm_space *s) TWIN(vm_space_fork);
struct vm_space *raw_space_new(void) TWIN(vm_space_new);
pte_t *raw_pte_get(struct arch_space *s, uintptr_t va) TWIN(arch_pte_get);
void raw_vma_link_before(struct vm_space *s, void *layout, struct vma *v, struct vma *next) TWIN(vma_link_before);

typedef RAW_GUARD(struct vm_layout, struct mutex) raw_layout;
static inline raw_layout *layout_of(struct vm_space *s) { return (raw_layout *)(void *)&s->layout; }

static always_inline pte_t *raw_entry_get(struct vm_space *s, uintptr_t va)
{
	size_t i = (va & (LEAF_SPAN - 1)) >> PAGE_SHIFT;

	if (unlikely(!s->leaf || va - s->leaf_start >= LEAF_SPAN)) {
		pte_t *entry = raw_pte_get(&s->arch, va);

		if (IS_ERROR(entry))
			return entry;
		s->leaf = entry - i;
		s->leaf_start = va & ~(LEAF_SPAN - 1);
	}
	return s->leaf + i;
}

static long raw_leaf_copy(struct copy *c, pte_t *from, uintptr_t va, uintptr_t end)
{
	pte_t *to = NULL;
	pte_t *stop = from + ((end - va) >> PAGE_SHIFT);
	int64_t copied = 0;

	for (pte_t *entry = from; (entry = entry_next(entry, stop)) < stop; entry++) {
		pte_t e = *entry;
		struct page *p = page_of_frame(pte_pfn(e));

		if (p->kind != PAGE_ANON)
			continue;
		if (!to) {
			to = raw_entry_get(c->to, va);
			if (IS_ERROR(to))
				return (long)to;
		}
		refcount_inc(&p->refs);
		if (pte_writable(e)) {
			e = pte_write_protect(e);
			pte_set(entry, e);
			c->protected = true;
		}
		pte_set(&to[entry - from], e);
		copied++;
	}
	c->to->anon_pages += copied;
	return 0;
}

static long raw_pages_copy(struct copy *c, const struct vma *v)
{
	bool has_own_pages = is_none(v->object) || v->flags & VM_COPIED;
	pte_t *from;
	long err;

	if (v->flags & (VM_SHARED | VM_WIPE_ON_FORK) || !has_own_pages)
		return 0;
	for (uintptr_t va = v->start; (from = leaf_next(c->from, &va, v->end)); va = leaf_end(va, v->end)) {
		err = raw_leaf_copy(c, from, va, leaf_end(va, v->end));
		if (unlikely(err))
			return err;
	}
	return 0;
}

static long raw_layout_copy(struct copy *c)
{
	struct vm_layout *from = &layout_of(c->from)->data, *to = &layout_of(c->to)->data;
	long err;

	*to = *from;
	to->vmas = (struct vma_tree){};
	to->last_hit = NULL;
	to->total_pages = to->locked_pages = to->data_pages = to->stack_pages = to->exec_pages = 0;
	to->shared_pages = to->vma_count = to->lock_future = 0;
	tree_each(vma, v, &from->vmas) {
		struct vma *n;

		if (v->flags & VM_DONT_FORK)
			continue;
		n = slab_take(&vma_cache);
		if (unlikely(!n))
			return -ENOMEM;
		__builtin_memset(n, 0, sizeof(*n));
		vma_copy(n, v);
		n->flags &= ~(VM_LOCKED | VM_LOCK_ON_FAULT);
		raw_vma_link_before(c->to, &c->to->layout, n, NULL);
		err = raw_pages_copy(c, v);
		if (unlikely(err))
			return err;
	}
	return 0;
}

struct vm_space *raw_space_fork(struct vm_space *s)
{
	struct vm_space *child = raw_space_new();
	struct copy c = { .from = s, .to = child };
	long err;

	if (IS_ERROR(child))
		return child;
	child->limits = s->limits;
	child->barriers = read_once(s->barriers);
	raw_mutex_lock(&s->layout);
	raw_mutex_lock(&child->layout);
	err = raw_layout_copy(&c);
	if (c.protected)
		arch_tlb_flush_space(&s->arch);
	raw_mutex_unlock(&child->layout);
	raw_mutex_unlock(&s->layout);
	child->peak_resident = vm_space_resident(child);
	if (unlikely(err)) {
		vm_space_release(child);
		return (struct vm_space *)err;
	}
	return child;
}
