/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in memory (mincore(2)) and what has reached its file (msync(2)). */
#include <linux/mman.h>
#include <murre/base/checked.h>
#include "object.h"
#include "space.h"

static bool is_in_core(struct vm_space *s, const struct vma *v, uintptr_t va, struct can_sleep cs);

result(unit)
	vm_in_core(struct vm_space *s, uintptr_t start, size_t n, uint8_t *out, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(vm_space, l, &s->layout);
	for (size_t i = 0; i < n; i++, start += PAGE_SIZE) {
		struct vma *v = vma_at(l, start);

		if (!v)
			return FAIL(ENOMEM);
		out[i] = is_in_core(s, v, start, cs);
	}
	return DONE;
}

result(unit)
	vm_sync(struct vm_space *s, uintptr_t start, size_t bytes, int flags, struct can_sleep cs)
{
	RETURNS(unit);
	bool hole = false;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || !is_aligned(start, PAGE_SIZE) ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return FAIL(EINVAL);
	/* A length that no whole pages can have counts as 0, as on Linux. */
	attempt(end, too_far, size_add(start, value_or(size_to_pages(bytes), 0)));
	if (too_far)
		return FAIL(ENOMEM);
	while (start < end) {
		own(vm_backing_ref, backing, none(vm_backing_ref));
		uint64_t from = 0, stop;

		{
			hold_mutex(vm_space, l, &s->layout);
			struct vma *v = vma_above(l, start);

			if (!v || v->start >= end)
				return FAIL(ENOMEM);
			if (flags & MS_INVALIDATE && v->flags & VM_LOCKED)
				return FAIL(EBUSY);
			hole |= v->start > start;
			start = max(start, v->start);
			stop = min(end, v->end);
			from = vma_index(v, start) << PAGE_SHIFT;
			if (flags & MS_SYNC && v->flags & VM_SHARED && !is_none(v->backing) &&
			    at(v->backing)->ops->sync)
				backing = vm_backing_share(at(v->backing));
		}
		if (!is_none(backing))
			TRY(at(backing)->ops->sync(at(backing), from, from + (stop - start), cs));
		start = stop;
	}
	return hole ? FAIL(ENOMEM) : DONE;
}

static bool is_in_core(struct vm_space *s, const struct vma *v, uintptr_t va, struct can_sleep cs)
{
	pte_t *entry = arch_pte_find(&s->arch, va);

	if (entry && pte_present(*entry))
		return true;
	if (is_none(v->object))
		return false;
	own(page_ref, p, vm_object_page_peek(at(v->object), vma_index(v, va), cs));
	return !is_none(p);
}
