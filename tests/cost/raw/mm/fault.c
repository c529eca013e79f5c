/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults of anonymous memory. */
#include "../twin.h"
#include "mm/space.h"
#define vm_fault original_vm_fault
#include <mm/fault.c>
#undef vm_fault

long raw_vm_fault(struct vm_space *s, uintptr_t va, unsigned access) TWIN(vm_fault);
struct vma *raw_vma_at(void *layout, uintptr_t va) TWIN(vma_at);
pte_t *raw_pte_get(struct arch_space *s, uintptr_t va) TWIN(arch_pte_get);
/* Not on the path; its token is the pointer to the lock. */
static never_inline int raw_stack_grow(struct vm_space *s, void *layout, uintptr_t va, struct vma **found)
{
	vm_space_locked held;

	__builtin_memcpy(&held, &layout, sizeof(held));
	return stack_grow(s, held, va, found);
}

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

static int raw_anonymous_fault(struct vm_space *s, const struct vma *v, pte_t *entry, unsigned access)
{
	unsigned prot = vma_pte_prot(v->flags);
	struct page *p;

	if (unlikely(!(access & FAULT_WRITE))) {
		pte_set(entry, pte_make(page_pfn(zero_page), prot & ~PTE_WRITE));
		return 0;
	}
	p = raw_page_alloc(0, PAGE_ZERO | PAGE_FOR_USER, PAGE_ANON);
	if (IS_ERROR(p))
		return -(int)(long)p;
	s->anon_pages++;
	pte_set(entry, pte_make_dirty(pte_make(page_pfn(p), prot)));
	return 0;
}

/* The lock is held; `layout` is it and what it guards. */
static never_inline int raw_fault_locked(struct vm_space *s, void *layout, uintptr_t va, unsigned access)
{
	struct can_sleep cs = MAY_SLEEP;
	struct vma *v = raw_vma_at(layout, va);
	unsigned wanted = access & VM_PROT_MASK;
	pte_t *entry;

	if (unlikely(!v)) {
		int err = raw_stack_grow(s, layout, va, &v);

		if (err)
			return err;
	}
	if (unlikely(wanted & ~v->flags & (VM_WRITE | VM_EXEC)) || unlikely(!(v->flags & VM_PROT_MASK)))
		return EACCES;
	entry = raw_entry_get(s, va);
	if (IS_ERROR(entry))
		return -(int)(long)entry;
	if (likely(!pte_present(*entry))) {
		if (is_none(v->object))
			return raw_anonymous_fault(s, v, entry, access);
		if (access & FAULT_WRITE && !(v->flags & VM_SHARED))
			return object_copy_fault(s, v, entry, va, cs);
		return object_read_fault(s, v, entry, va, access, cs);
	}
	if (access & FAULT_WRITE && !pte_writable(*entry))
		return write_fault(s, v, entry, va);
	pte_set(entry, access & FAULT_WRITE ? pte_make_dirty(pte_make_young(*entry)) : pte_make_young(*entry));
	arch_tlb_flush_page(&s->arch, va);
	return 0;
}

long raw_vm_fault(struct vm_space *s, uintptr_t va, unsigned access)
{
	for (;;) {
		int err;

		raw_mutex_lock(&s->layout);
		err = raw_fault_locked(s, &s->layout, va, access);
		raw_mutex_unlock(&s->layout);
		if (likely(!err))
			return 0;
		/* A filesystem without room for the page: as if the object ended there (SIGBUS). */
		if (err == ENOSPC)
			return -ENXIO;
		if (err != ENOMEM || !memory_wait(MAY_SLEEP))
			return -err;
	}
}
