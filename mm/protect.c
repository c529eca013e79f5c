/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing the rights of mappings (mprotect(2)), under the space's mutex, mapping by mapping in
 * address order. */
#include "object.h"
#include "space.h"

static result(unit) protect_one(struct vm_space *s, vm_space_locked l, struct vma **v,
				uintptr_t start, uintptr_t end, unsigned prot, struct can_sleep cs);
static void entries_protect(struct vm_space *s, const struct vma *v, unsigned prot)
	needs_lock(vm_space_role);
static pte_t entry_protected(pte_t e, const struct vma *v, unsigned prot);

result(unit) vm_protect(struct vm_space *s, uintptr_t start, size_t bytes, unsigned prot,
			bool grows_down, struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t end = start + align_up(bytes, PAGE_SIZE);
	struct vma *v;

	if (!is_aligned(start, PAGE_SIZE))
		return FAIL(EINVAL);
	if (bytes == 0)
		return DONE;
	if (end <= start || end > USER_TOP)
		return FAIL(ENOMEM);
	hold_space(l, s);
	v = vma_above(l, start);
	if (!v)
		return FAIL(ENOMEM);
	if (grows_down) {
		if (v->start >= end)
			return FAIL(ENOMEM);
		if (!(v->flags & VM_GROWS_DOWN))
			return FAIL(EINVAL);
		start = v->start;
	}
	for (;;) {
		if (!v || v->start > start)
			return FAIL(ENOMEM);
		TRY(protect_one(s, l, &v, start, min(end, v->end), prot, cs));
		start = v->end;
		if (start >= end)
			return DONE;
		v = vma_tree_next(v);
	}
}

/* [start, end) of *v; *v becomes the mapping that holds it then. */
static result(unit) protect_one(struct vm_space *s, vm_space_locked l, struct vma **v,
				uintptr_t start, uintptr_t end, unsigned prot, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t old = (*v)->flags, flags = (old & ~VM_PROT_MASK) | prot;
	uint64_t pages = (end - start) >> PAGE_SHIFT;

	/* VM_MAY_* stand six bits above the rights they allow. */
	if (prot & ~(old >> 6))
		return FAIL(EACCES);
	if (flags == old)
		return DONE;
	if (is_data(flags) && !is_data(old) &&
	    peek(&s->layout)->data_pages + pages > s->limits.data >> PAGE_SHIFT)
		return FAIL(ENOMEM);
	if (is_promised(flags) && !is_promised(old))
		TRY(promise_permits(pages));
	*v = TRY(vma_isolate(s, l, *v, start, end, cs));
	vma_set_flags(l, *v, flags);
	shown_by(l);
	entries_protect(s, *v, prot);
	*v = vma_merge(l, *v, cs);
	return DONE;
}

static void entries_protect(struct vm_space *s, const struct vma *v, unsigned prot)
{
	bool changed = false;
	pte_t *entry;

	for (uintptr_t va = v->start; (entry = leaf_next(s, &va, v->end));
	     va = leaf_end(va, v->end)) {
		pte_t *stop = entry + ((leaf_end(va, v->end) - va) >> PAGE_SHIFT);

		for (; (entry = entry_next(entry, stop)) < stop; entry++) {
			pte_set(entry, entry_protected(*entry, v, prot));
			changed = true;
		}
	}
	if (changed)
		arch_tlb_flush_range(&s->arch, v->start, v->end);
}

/* A private page that others hold too stays read-only until it is written. */
static pte_t entry_protected(pte_t e, const struct vma *v, unsigned prot)
{
	struct page *p = page_of_frame(pte_pfn(e));
	unsigned rights = vma_pte_prot(prot);

	if (!(v->flags & VM_SHARED) && (p->kind != PAGE_ANON || refcount_read(&p->refs) != 1))
		rights &= ~PTE_WRITE;
	return pte_with_prot(e, rights);
}
