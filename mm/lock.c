/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory locked in (mlock(2), mlockall(2)) and brought in ahead of use. Nothing is swapped out, so
 * a lock is a flag, a count against RLIMIT_MEMLOCK, and the promise that the pages are there.
 */
#include <linux/mman.h>
#include <murre/base/checked.h>
#include <murre/cred.h>
#include "object.h"
#include "space.h"

#define LOCK_FLAGS (VM_LOCKED | VM_LOCK_ON_FAULT)

static result(unit) lock_range(struct vm_space *s, vm_space_locked l, uintptr_t start,
			       uintptr_t end, uint32_t lock, struct can_sleep cs);
static uint64_t pages_locked_in(vm_space_locked l, uintptr_t start, uintptr_t end);
static result(unit) may_lock(struct vm_space *s, uint64_t pages);

result(unit) vm_lock(struct vm_space *s, uintptr_t start, size_t bytes, uint32_t lock,
		     struct can_sleep cs)
{
	RETURNS(unit);

	if (lock)
		TRY(may_lock(s, 0));
	/* A length that no whole pages can have counts as 0, as on Linux. */
	bytes = value_or(size_to_pages(value_or(size_add(bytes, start & ~PAGE_MASK), 0)), 0);
	start &= PAGE_MASK;
	attempt(end, too_far, size_add(start, bytes));
	if (too_far)
		return FAIL(EINVAL);
	if (start == end)
		return DONE;
	{
		hold_space(l, s);
		if (lock)
			TRY(may_lock(s, in(l)->locked_pages + (bytes >> PAGE_SHIFT) -
						pages_locked_in(l, start, end)));
		TRY(lock_range(s, l, start, end, lock, cs));
	}
	if ((lock & LOCK_FLAGS) != VM_LOCKED)
		return DONE;
	attempt(there, err, vm_populate(s, start, end, cs));
	return err == EFAULT || err == ENXIO ? FAIL(ENOMEM) : err ? FAIL(EAGAIN) : DONE;
}

result(unit) vm_lock_all(struct vm_space *s, int flags, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t lock = flags ? VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCK_ON_FAULT : 0) : 0;

	if (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
		return FAIL(EINVAL);
	if (flags)
		TRY(may_lock(s, 0));
	{
		hold_space(l, s);
		if (flags & MCL_CURRENT)
			TRY(may_lock(s, in(l)->total_pages));
		in(l)->lock_future = flags & MCL_FUTURE ? lock : 0;
		for (struct vma *v = vma_tree_first(&in(l)->vmas);
		     v && (!flags || flags & MCL_CURRENT); v = vma_tree_next(v)) {
			vma_set_flags(l, v, (v->flags & ~LOCK_FLAGS) | lock);
			v = vma_merge(l, v, cs);
		}
	}
	if (!(flags & MCL_CURRENT) || flags & MCL_ONFAULT)
		return DONE;
	own_facts(f);
	while (vm_facts_next(s, f.end, &f, cs))
		(void)error_of(vm_populate(s, f.start, f.end, cs));
	return DONE;
}

result(unit) vm_populate(struct vm_space *s, uintptr_t start, uintptr_t end, struct can_sleep cs)
{
	RETURNS(unit);
	while (start < end && !death_pending()) {
		int err = 0;

		{
			hold_mutex(vm_space, l, &s->layout);
			struct vma *v = vma_at(l, start);

			if (!v)
				return FAIL(ENOMEM);
			bool write = (v->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
			/* A mapping at a time, but others get a turn now and then. */
			for (unsigned i = 0; !err && i < 64 && start < min(end, v->end); i++) {
				pte_t *entry = arch_pte_find(&s->arch, start);

				if (!entry || !pte_present(*entry) ||
				    (write && !pte_writable(*entry)))
					err = fault_locked(s, l, start,
							   write ? FAULT_WRITE : FAULT_READ, cs);
				start += err ? 0 : PAGE_SIZE;
			}
		}
		if (err && (err != ENOMEM || !memory_wait(cs)))
			return FAIL(err == EACCES ? EFAULT : err);
	}
	return DONE;
}

static result(unit) lock_range(struct vm_space *s, vm_space_locked l, uintptr_t start,
			       uintptr_t end, uint32_t lock, struct can_sleep cs)
{
	RETURNS(unit);
	for (struct vma *v = vma_above(l, start); start < end; v = vma_tree_next(v)) {
		uint32_t flags;

		if (!v || v->start > start)
			return FAIL(ENOMEM);
		flags = (v->flags & ~LOCK_FLAGS) | lock;
		if (flags != v->flags) {
			v = TRY(vma_isolate(s, l, v, start, min(end, v->end), cs));
			vma_set_flags(l, v, flags);
			v = vma_merge(l, v, cs);
		}
		start = v->end;
	}
	return DONE;
}

static uint64_t pages_locked_in(vm_space_locked l, uintptr_t start, uintptr_t end)
{
	uint64_t bytes = 0;

	for (struct vma *v = vma_above(l, start); v && v->start < end; v = vma_tree_next(v))
		if (v->flags & VM_LOCKED)
			bytes += min(end, v->end) - max(start, v->start);
	return bytes >> PAGE_SHIFT;
}

/* EPERM: locking is not allowed at all; ENOMEM: not so much. */
static result(unit) may_lock(struct vm_space *s, uint64_t pages)
{
	RETURNS(unit);
	if (capable(CAP_IPC_LOCK))
		return DONE;
	if (s->limits.memlock == 0)
		return FAIL(EPERM);
	return pages > s->limits.memlock >> PAGE_SHIFT ? FAIL(ENOMEM) : DONE;
}
