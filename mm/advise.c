/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * madvise(2): advice that changes what a mapping does is kept in its flags; advice about pages is
 * followed at once. What there is nothing to do for (huge pages, merging of equal pages, swap) is
 * accepted, as advice may be.
 */
#include <linux/mman.h>
#include <murre/base/checked.h>
#include <murre/cred.h>
#include "object.h"
#include "space.h"

/* New since the headers that we build with. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static bool is_known(int advice);
static result(unit) advise_pages(struct vm_space *s, uintptr_t start, uintptr_t end, int advice,
				 struct can_sleep cs);
static result(unit) advise_one(struct vm_space *s, vm_space_locked l, struct vma **v,
			       uintptr_t start, uintptr_t end, int advice, struct can_sleep cs);
static result(unit)
	flags_set(struct vm_space *s, vm_space_locked l, struct vma **v, uintptr_t start,
		  uintptr_t end, uint32_t set, uint32_t clear, struct can_sleep cs);
static result(unit)
	remove_pages(struct vm_space *s, uintptr_t start, uintptr_t end, struct can_sleep cs);
static result(unit) populate_as_advised(struct vm_space *s, uintptr_t start, uintptr_t end,
					bool write, struct can_sleep cs);

result(unit) vm_advise(struct vm_space *s, uintptr_t start, size_t bytes, int advice,
		       struct can_sleep cs)
{
	RETURNS(unit);
	if (advice == MADV_HWPOISON || advice == MADV_SOFT_OFFLINE)
		return FAIL(capable(CAP_SYS_ADMIN) ? EINVAL : EPERM);
	if (!is_known(advice) || !is_aligned(start, PAGE_SIZE))
		return FAIL(EINVAL);
	attempt(whole, too_long, size_to_pages(bytes));
	if (too_long)
		return FAIL(EINVAL);
	attempt(end, too_far, size_add(start, whole));
	if (too_far)
		return FAIL(EINVAL);
	if (start == end)
		return DONE;
	if (advice == MADV_REMOVE)
		return remove_pages(s, start, end, cs);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return populate_as_advised(s, start, end, advice == MADV_POPULATE_WRITE, cs);
	return advise_pages(s, start, end, advice, cs);
}

static bool is_known(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
	case MADV_DONTNEED_LOCKED: case MADV_COLLAPSE:
		return true;
	}
	return false;
}

/* Goes on over holes, which it reports at the end. */
static result(unit) advise_pages(struct vm_space *s, uintptr_t start, uintptr_t end, int advice,
				 struct can_sleep cs)
{
	RETURNS(unit);
	bool hole = false;

	hold_space(l, s);
	for (struct vma *v = vma_above(l, start); start < end; v = vma_tree_next(v)) {
		if (!v || v->start >= end)
			return FAIL(ENOMEM);
		hole |= v->start > start;
		start = max(start, v->start);
		TRY(advise_one(s, l, &v, start, min(end, v->end), advice, cs));
		start = v->end;
	}
	return hole ? FAIL(ENOMEM) : DONE;
}

/* [start, end) of *v; *v becomes the mapping that holds it then. */
static result(unit) advise_one(struct vm_space *s, vm_space_locked l, struct vma **v,
			       uintptr_t start, uintptr_t end, int advice, struct can_sleep cs)
{
	RETURNS(unit);
	bool anonymous = is_none((*v)->object);

	switch (advice) {
	case MADV_NORMAL: return flags_set(s, l, v, start, end, 0, VM_RANDOM | VM_SEQUENTIAL, cs);
	case MADV_RANDOM: return flags_set(s, l, v, start, end, VM_RANDOM, VM_SEQUENTIAL, cs);
	case MADV_SEQUENTIAL: return flags_set(s, l, v, start, end, VM_SEQUENTIAL, VM_RANDOM, cs);
	case MADV_DONTFORK: return flags_set(s, l, v, start, end, VM_DONT_FORK, 0, cs);
	case MADV_DOFORK: return flags_set(s, l, v, start, end, 0, VM_DONT_FORK, cs);
	case MADV_DONTDUMP: return flags_set(s, l, v, start, end, VM_DONT_DUMP, 0, cs);
	case MADV_DODUMP: return flags_set(s, l, v, start, end, 0, VM_DONT_DUMP, cs);
	case MADV_WIPEONFORK:
		if (!anonymous)
			return FAIL(EINVAL);
		return flags_set(s, l, v, start, end, VM_WIPE_ON_FORK, 0, cs);
	case MADV_KEEPONFORK: return flags_set(s, l, v, start, end, 0, VM_WIPE_ON_FORK, cs);
	case MADV_FREE:
		if (!anonymous)
			return FAIL(EINVAL);
		zap_range(s, l, *v, start, end);
		return DONE;
	case MADV_DONTNEED:
		if ((*v)->flags & VM_LOCKED)
			return FAIL(EINVAL);
		zap_range(s, l, *v, start, end);
		return DONE;
	case MADV_DONTNEED_LOCKED:
		zap_range(s, l, *v, start, end);
		return DONE;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return (*v)->flags & VM_LOCKED ? FAIL(EINVAL) : DONE;
	case MADV_COLLAPSE:
		return FAIL(EINVAL);	/* there are no huge pages to make */
	default:
		return DONE;
	}
}

static result(unit)
	flags_set(struct vm_space *s, vm_space_locked l, struct vma **v, uintptr_t start,
		  uintptr_t end, uint32_t set, uint32_t clear, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t flags = ((*v)->flags & ~clear) | set;

	if (flags == (*v)->flags)
		return DONE;
	*v = TRY(vma_isolate(s, l, *v, start, end, cs));
	vma_set_flags(l, *v, flags);
	*v = vma_merge(l, *v, cs);
	return DONE;
}

/* Punches the range out of the object that is mapped there; the space's mutex is given back first. */
static result(unit)
	remove_pages(struct vm_space *s, uintptr_t start, uintptr_t end, struct can_sleep cs)
{
	RETURNS(unit);
	while (start < end) {
		own(vm_object_ref, object, none(vm_object_ref));
		uintptr_t stop, from;
		uint64_t offset;

		{
			hold_mutex(vm_space, l, &s->layout);
			struct vma *v = vma_at(l, start);

			if (!v)
				return FAIL(ENOMEM);
			if (v->flags & VM_LOCKED || is_none(v->object))
				return FAIL(EINVAL);
			if ((v->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
				return FAIL(EACCES);
			object = vm_object_share(at(v->object));
			from = start;
			stop = min(end, v->end);
			offset = vma_index(v, start) << PAGE_SHIFT;
		}
		vm_object_punch(at(object), offset, offset + (stop - from), cs);
		start = stop;
	}
	return DONE;
}

static result(unit) populate_as_advised(struct vm_space *s, uintptr_t start, uintptr_t end,
					bool write, struct can_sleep cs)
{
	RETURNS(unit);
	for (; start < end; start += PAGE_SIZE) {
		int err = error_of(vm_fault(s, start, write ? FAULT_WRITE : FAULT_READ, cs));

		if (err == EFAULT)
			return FAIL(ENOMEM);
		if (err == ENXIO)
			return FAIL(EFAULT);
		if (err)
			return FAIL(err == EACCES ? EINVAL : err);
		if (death_pending())
			return FAIL(EINTR);
	}
	return DONE;
}
