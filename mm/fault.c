/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults: bringing in the page that an access needs, under the space's mutex. Private
 * anonymous memory reads as the page of zeros until it is written. A private mapping shares an
 * object's pages, read-only, until it writes; then it gets a copy (PAGE_ANON), as does whoever
 * writes an anonymous page that others hold too (fork).
 */
#include <murre/inject.h>
#include "object.h"
#include "space.h"

enum { AROUND = 16 };			/* pages of an object that a read fault brings in, aligned */

static int anonymous_fault(struct vm_space *s, const struct vma *v, pte_t *entry, unsigned access)
	needs_lock(vm_space_role);
static int object_read_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va,
			     unsigned access, struct can_sleep cs);
static int object_copy_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va,
			     struct can_sleep cs) needs_lock(vm_space_role);
static int write_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va)
	needs_lock(vm_space_role);
static void map_around(struct vm_space *s, const struct vma *v, pte_t *entry, uintptr_t va,
		       unsigned prot);
static int stack_grow(struct vm_space *s, vm_space_locked l, uintptr_t va, struct vma **found);

result(unit) vm_fault(struct vm_space *s, uintptr_t va, unsigned access, struct can_sleep cs)
{
	for (;;) {
		int err;

		{
			hold_mutex(vm_space, l, &s->layout);
			err = fault_locked(s, l, va, access, cs);
		}
		if (likely(!err))
			return DONE;
		/* A filesystem without room for the page: as if the object ended there (SIGBUS). */
		if (err == ENOSPC)
			return unit_result(ENXIO);
		if (err != ENOMEM || !memory_wait(cs))
			return unit_result(err);
	}
}

int fault_locked(struct vm_space *s, vm_space_locked l, uintptr_t va, unsigned access,
		 struct can_sleep cs)
{
	struct vma *v = vma_at(l, va);
	unsigned wanted = access & VM_PROT_MASK;
	pte_t *entry;

	if (unlikely(!v)) {
		int err = stack_grow(s, l, va, &v);

		if (err)
			return err;
	}
	/* What may be written or run may be read: the tables know no less. */
	if (unlikely(wanted & ~v->flags & (VM_WRITE | VM_EXEC)) ||
	    unlikely(!(v->flags & VM_PROT_MASK)))
		return EACCES;
	shown_by(l);
	attempt(got, err, entry_get(s, va));
	if (unlikely(err))
		return err;
	entry = got;
	if (likely(!pte_present(*entry))) {
		if (is_none(v->object))
			return anonymous_fault(s, v, entry, access);
		if (failure_due(INJECT_READ))
			return EIO;
		if (access & FAULT_WRITE && !(v->flags & VM_SHARED))
			return object_copy_fault(s, v, entry, va, cs);
		return object_read_fault(s, v, entry, va, access, cs);
	}
	if (access & FAULT_WRITE && !pte_writable(*entry))
		return write_fault(s, v, entry, va);
	/* Another thread was here first, or the CPU remembered less than there is now, or does not note by itself. */
	pte_set(entry, access & FAULT_WRITE ? pte_make_dirty(pte_make_young(*entry)) : pte_make_young(*entry));
	arch_tlb_flush_page(&s->arch, va);
	return 0;
}

static int anonymous_fault(struct vm_space *s, const struct vma *v, pte_t *entry, unsigned access)
{
	unsigned prot = vma_pte_prot(v->flags);

	if (unlikely(!(access & FAULT_WRITE))) {
		pte_set(entry, pte_make(page_pfn(zero_page), prot & ~PTE_WRITE));
		return 0;
	}
	attempt_own(page_ref, p, err, page_alloc(0, PAGE_ZERO | PAGE_FOR_USER, PAGE_ANON));
	if (unlikely(err))
		return err;
	s->anon_pages++;
	pte_set(entry, pte_make_dirty(pte_make(page_pfn(into_count(give(p))), prot)));
	return 0;
}

/* A read, or a write to a shared mapping. */
static int object_read_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va,
			     unsigned access, struct can_sleep cs)
{
	unsigned prot = vma_pte_prot(v->flags);
	pte_t new;

	if (!(v->flags & VM_SHARED))
		prot &= ~PTE_WRITE;
	if (!(access & FAULT_WRITE) && !(v->flags & VM_RANDOM)) {
		map_around(s, v, entry, va, prot);
		if (likely(pte_present(*entry)))
			return 0;
	}
	attempt_own(page_ref, p, err, object_page_within(at(v->object), vma_index(v, va), cs));
	if (unlikely(err))
		return err;
	(*resident_of(s, v))++;
	new = pte_make(page_pfn(at(p)), prot);
	pte_set(entry, access & FAULT_WRITE ? pte_make_dirty(new) : new);
	return 0;
}

/* Maps the pages that the object has around va and the tables have not, within one leaf. */
static void map_around(struct vm_space *s, const struct vma *v, pte_t *entry, uintptr_t va,
		       unsigned prot)
{
	uintptr_t first = max(align_down(va, AROUND * PAGE_SIZE), v->start);
	uintptr_t end = min(align_down(va, AROUND * PAGE_SIZE) + AROUND * PAGE_SIZE, v->end);
	struct vm_object *o = at(v->object);
	uint64_t index = vma_index(v, first), limit = pages_for(read_once(o->size));
	unsigned n = index < limit ? min((end - first) >> PAGE_SHIFT, limit - index) : 0;
	void *pages[AROUND] not_zeroed;		/* the look-up fills it */
	int64_t mapped = 0;

	entry -= (va - first) >> PAGE_SHIFT;
	hold_rcu(r);
	/* What is found here cannot go before this space has been visited, for which its mutex is
	 * needed. */
	radix_get_run(&peek(&o->state)->pages, index, n, pages);
	for (unsigned i = 0; i < n; i++) {
		if (!pages[i] || entry[i].raw)
			continue;
		pte_set(&entry[i], pte_make(page_pfn(pages[i]), prot));
		mapped++;
	}
	*resident_of(s, v) += mapped;
}

/* First write to a private mapping of an object: a page of its own at once. */
static int object_copy_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va,
			     struct can_sleep cs)
{
	attempt_own(page_ref, from, err, object_page_within(at(v->object), vma_index(v, va), cs));
	if (unlikely(err))
		return err;
	attempt_own(page_ref, copy, copy_err, page_alloc(0, PAGE_FOR_USER, PAGE_ANON));
	if (likely(!copy_err)) {
		arch_page_copy(page_bytes(at(copy)), page_bytes(at(from)));
		s->anon_pages++;
		v->flags |= VM_COPIED;
		pte_set(entry, pte_make_dirty(pte_make(page_pfn(into_count(give(copy))), vma_pte_prot(v->flags))));
	}
	return copy_err;
}

/* A write to a page that is there but read-only, in a mapping that may be written. */
static int write_fault(struct vm_space *s, struct vma *v, pte_t *entry, uintptr_t va)
{
	struct page *old = page_of_frame(pte_pfn(*entry));
	unsigned prot = vma_pte_prot(v->flags);
	bool is_zero = old == zero_page;

	if (v->flags & VM_SHARED || (old->kind == PAGE_ANON && refcount_read(&old->refs) == 1)) {
		pte_set(entry, pte_make_dirty(pte_make_young(pte_with_prot(*entry, prot))));
		arch_tlb_flush_page(&s->arch, va);
		return 0;
	}
	attempt_own(page_ref, copy, err, page_alloc(0, PAGE_FOR_USER | (is_zero ? PAGE_ZERO : 0), PAGE_ANON));
	if (unlikely(err))
		return err;
	if (!is_zero)
		arch_page_copy(page_bytes(at(copy)), page_bytes(old));
	if (is_zero || old->kind != PAGE_ANON)
		s->anon_pages++;
	if (!is_none(v->object))
		v->flags |= VM_COPIED;
	if (!is_zero && old->kind != PAGE_ANON)
		(*resident_of(s, v))--;
	arch_pte_replace(&s->arch, va, entry, pte_make_dirty(pte_make(page_pfn(into_count(give(copy))), prot)));
	if (old->kind == PAGE_ANON)
		page_release(old);
	return 0;
}

/* Extends the stack that starts above va down to it. EFAULT: there is none, or it may not grow so
 * far. */
static never_inline int stack_grow(struct vm_space *s, vm_space_locked l, uintptr_t va,
				   struct vma **found)
{
	struct vma *v = vma_above(l, va), *prev;
	uintptr_t start = align_down(va, PAGE_SIZE);

	if (!v || !(v->flags & VM_GROWS_DOWN) || va >= USER_TOP || start < VM_ADDRESS_MIN)
		return EFAULT;
	prev = vma_tree_prev(v);
	if (prev && start < prev->end)
		return EFAULT;
	if (prev && !(prev->flags & VM_GROWS_DOWN) && prev->flags & VM_PROT_MASK &&
	    start - prev->end < VM_STACK_GAP)
		return EFAULT;
	if (v->end - start > s->limits.stack)
		return EFAULT;
	if (error_of(account_permits(s, l, v->flags, (v->start - start) >> PAGE_SHIFT)))
		return EFAULT;
	vma_set_start(l, v, start);
	shown_by(l);
	s->peak_total = max(s->peak_total, in(l)->total_pages);
	*found = v;
	return 0;
}
