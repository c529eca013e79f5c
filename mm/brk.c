/* SPDX-License-Identifier: GPL-2.0-only */
/* The heap's end (brk(2)): an anonymous mapping from brk_start on, grown and cut like any other. */
#include "object.h"
#include "space.h"

#define HEAP_FLAGS (VM_READ | VM_WRITE | VM_MAY_READ | VM_MAY_WRITE | VM_MAY_EXEC)

static int heap_grow(struct vm_space *s, vm_space_locked l, uintptr_t from, uintptr_t to,
		     struct can_sleep cs);

uintptr_t vm_brk(struct vm_space *s, uintptr_t end, struct can_sleep cs)
{
	uintptr_t from, to, result_end;
	bool populate = false;

	{
		hold_space(l, s);
		struct vm_layout *y = in(l);
		uint64_t data = y->data_end - y->data_start;

		from = align_up(y->brk_end, PAGE_SIZE);
		result_end = y->brk_end;
		if (end < y->brk_start || end > USER_TOP ||
		    (s->limits.data != UINT64_MAX && end - y->brk_start + data > s->limits.data))
			return result_end;
		to = align_up(end, PAGE_SIZE);
		if (to < from && error_of(unmap_locked(s, l, to, from, cs)))
			return result_end;
		if (to > from && heap_grow(s, l, from, to, cs))
			return result_end;
		result_end = y->brk_end = end;
		populate = to > from &&
			   (y->lock_future & (VM_LOCKED | VM_LOCK_ON_FAULT)) == VM_LOCKED;
	}
	if (populate)
		(void)error_of(vm_populate(s, from, to, cs));
	return result_end;
}

static int heap_grow(struct vm_space *s, vm_space_locked l, uintptr_t from, uintptr_t to,
		     struct can_sleep cs)
{
	uint32_t flags = HEAP_FLAGS | in(l)->lock_future;
	struct vma *v = vma_above(l, from - PAGE_SIZE), *next;
	int err;

	if (!range_is_free(l, from, to + PAGE_SIZE))
		return ENOMEM;
	err = error_of(account_permits(s, l, flags, (to - from) >> PAGE_SHIFT));
	if (err)
		return err;
	if (v && v->end == from && vma_continues(v, flags, 0, NULL, NULL)) {
		next = vma_tree_next(v);
		vma_set_end(l, v, to);
		if (next && next->start == to)
			vma_merge(l, v, cs);
	} else {
		if (in(l)->vma_count >= VM_MAPPINGS_MAX)
			return ENOMEM;
		attempt_own(vma_box, box, box_err, vma_box_new());
		if (box_err)
			return box_err;
		at(box)->start = from;
		at(box)->end = to;
		at(box)->flags = flags;
		vma_link(s, l, unbox(box), cs);
	}
	s->peak_total = max(s->peak_total, in(l)->total_pages);
	return 0;
}
