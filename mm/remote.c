/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reaching into any address space from the kernel: copies page by page through the direct map, with
 * a reference to the page and without a lock while copying; and the identity of futex words.
 */
#include <murre/string.h>
#include "object.h"
#include "space.h"

static result(page_ref) page_for(struct vm_space *s, uintptr_t va, bool write, bool force,
				 struct can_sleep cs);
static int fault_for(struct vm_space *s, vm_space_locked l, uintptr_t va, bool write, bool force,
		     struct can_sleep cs);

result(size_t) vm_read_remote(struct vm_space *s, uintptr_t va, void *to, size_t n, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = 0;

	while (done < n && user_range_ok(va, 1)) {
		size_t part = min(n - done, PAGE_SIZE - (va & ~PAGE_MASK));
		attempt_own(page_ref, p, err, page_for(s, va, false, true, cs));

		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		memcpy((char *)to + done, (char *)page_bytes(at(p)) + (va & ~PAGE_MASK), part);
		done += part;
		va += part;
	}
	return done || !n ? OK(size_t, done) : FAIL(EFAULT);
}

result(size_t) vm_write_remote(struct vm_space *s, uintptr_t va, const void *from, size_t n, bool force,
		       struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = 0;

	while (done < n && user_range_ok(va, 1)) {
		size_t part = min(n - done, PAGE_SIZE - (va & ~PAGE_MASK));
		attempt_own(page_ref, p, err, page_for(s, va, true, force, cs));

		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		memcpy((char *)page_bytes(at(p)) + (va & ~PAGE_MASK), (const char *)from + done,
		       part);
		arch_code_written((char *)page_bytes(at(p)) + (va & ~PAGE_MASK), part);
		done += part;
		va += part;
	}
	return done || !n ? OK(size_t, done) : FAIL(EFAULT);
}

result(futex_key)
	vm_futex_key(struct vm_space *s, uintptr_t va, bool is_private, struct can_sleep cs)
{
	RETURNS(futex_key);
	if (likely(is_private))
		return OK(futex_key, { (uintptr_t)s, va });
	hold_mutex(vm_space, l, &s->layout);
	struct vma *v = vma_at(l, va);

	if (!v)
		return FAIL(EFAULT);
	if (v->flags & VM_SHARED && !is_none(v->object))
		return OK(futex_key, { (uintptr_t)at(v->object), v->offset + (va - v->start) });
	return OK(futex_key, { (uintptr_t)s, va });
}

/* The page at va, brought in as for the access. EFAULT: there is none, or it is not allowed so; ENXIO, EIO, ENOMEM as
 * for vm_fault. */
static result(page_ref) page_for(struct vm_space *s, uintptr_t va, bool write, bool force,
				 struct can_sleep cs)
{
	RETURNS(page_ref);
	for (;;) {
		int err;

		{
			hold_mutex(vm_space, l, &s->layout);
			err = fault_for(s, l, va, write, force, cs);
			if (!err) {
				pte_t *entry = arch_pte_find(&s->arch, va);

				invariant(entry);	/* the fault was resolved, and the lock is still held */
				return OK(page_ref, page_share(page_of_frame(pte_pfn(*entry))));
			}
		}
		if (err != ENOMEM || !memory_wait(cs))
			return FAIL(err);
	}
}

/* With force, a private mapping is written (to a copy) or read whatever its rights are now. */
static int fault_for(struct vm_space *s, vm_space_locked l, uintptr_t va, bool write, bool force,
		     struct can_sleep cs)
{
	struct vma *v = vma_at(l, va);
	uint32_t flags;
	pte_t *entry;
	int err;

	if (!v)
		return EFAULT;
	entry = arch_pte_find(&s->arch, va);
	if (entry && pte_present(*entry) && !write && v->flags & VM_READ)
		return 0;
	flags = v->flags;
	if (write && !(flags & VM_WRITE) &&
	    (!force || flags & VM_SHARED || !(flags & VM_MAY_WRITE)))
		return EFAULT;
	if (!write && !(flags & VM_READ) && (!force || !(flags & VM_MAY_READ)))
		return EFAULT;
	/* Alone: neighbours must not come in with rights that the mapping lacks. */
	v->flags |= VM_RANDOM | (write ? VM_WRITE : VM_READ);
	err = fault_locked(s, l, va, write ? FAULT_WRITE : FAULT_READ, cs);
	v->flags = flags | (v->flags & VM_COPIED);
	if (!err && ~flags & (write ? VM_WRITE : VM_READ)) {
		entry = arch_pte_find(&s->arch, va);
		invariant(entry);		/* the fault has just filled it */
		unsigned prot = vma_pte_prot(flags) &
				(pte_writable(*entry) ? ~0u : ~(unsigned)PTE_WRITE);

		pte_set(entry, pte_with_prot(*entry, prot));
		arch_tlb_flush_page(&s->arch, va);
	}
	return err;
}
