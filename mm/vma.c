/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mappings of an address space: a tree ordered by address. All under the space's mutex. Changes
 * of where a mapping starts or ends keep three things right: the counts of the space, the gaps
 * (gap.c) and the list of the object.
 */
#include "object.h"
#include "space.h"

DEFINE_BOX_CACHE(vma, struct vma);

struct vma *vma_above(vm_space_locked l, uintptr_t va)
{
	struct vma *v = in(l)->last_hit, *best = NULL;

	if (likely(v && va >= v->start && va < v->end))
		return v;
	for (v = vma_tree_top(&in(l)->vmas); v; ) {
		if (va >= v->end) {
			v = vma_tree_right(v);
			continue;
		}
		best = v;
		if (va >= v->start)
			break;
		v = vma_tree_left(v);
	}
	if (best)
		in(l)->last_hit = best;
	return best;
}

struct vma *vma_at(vm_space_locked l, uintptr_t va)
{
	struct vma *v = vma_above(l, va);

	return v && va >= v->start ? v : NULL;
}

bool range_is_free(vm_space_locked l, uintptr_t start, uintptr_t end)
{
	struct vma *v = vma_above(l, start);

	return !v || end <= vma_low(v);
}

static void vma_linked(struct vm_space *s, vm_space_locked l, struct vma *v, struct can_sleep cs);

void vma_link(struct vm_space *s, vm_space_locked l, struct vma *v, struct can_sleep cs)
{
	vma_link_before(s, l, v, vma_above(l, v->start), cs);
}

void vma_link_before(struct vm_space *s, vm_space_locked l, struct vma *v, struct vma *next,
		     struct can_sleep cs)
{
	gap_insert(l, v, next);
	vma_linked(s, l, v, cs);
}

static void vma_linked(struct vm_space *s, vm_space_locked l, struct vma *v, struct can_sleep cs)
{
	v->space = s;
	in(l)->last_hit = v;
	in(l)->vma_count++;
	account(l, v->flags, vma_pages(v));
	s->peak_total = max(s->peak_total, in(l)->total_pages);
	if (!is_none(v->object))
		object_mapping_add(v, cs);
}

void vma_unlink(vm_space_locked l, struct vma *v, struct can_sleep cs)
{
	if (in(l)->last_hit == v)
		in(l)->last_hit = NULL;
	gap_remove(l, v);
	in(l)->vma_count--;
	account(l, v->flags, -(int64_t)vma_pages(v));
	if (!is_none(v->object))
		object_mapping_remove(v, cs);
}

void vma_end(vm_space_locked l, struct vma *v)
{
	v->object_link.next = (struct list_node *)*in(l)->dead;
	*in(l)->dead = v;
}

void vmas_bury(vma_ptr *dead)
{
	while (*dead) {
		struct vma *v = *dead;

		*dead = (struct vma *)v->object_link.next;
		drop(vm_object_ref, v->object);
		drop(vm_backing_ref, v->backing);
		vma_box_free(v);
	}
}

void vma_set_start(vm_space_locked l, struct vma *v, uintptr_t start)
{
	account(l, v->flags, ((int64_t)v->start - (int64_t)start) >> PAGE_SHIFT);
	v->offset += start - v->start;
	v->start = start;
	gap_refresh(v);
}

void vma_set_end(vm_space_locked l, struct vma *v, uintptr_t end)
{
	struct vma *next = vma_tree_next(v);

	account(l, v->flags, ((int64_t)end - (int64_t)v->end) >> PAGE_SHIFT);
	v->end = end;
	if (next)
		gap_refresh(next);
}

void vma_set_flags(vm_space_locked l, struct vma *v, uint32_t flags)
{
	int64_t pages = vma_pages(v);

	account(l, v->flags, -pages);
	v->flags = flags;
	account(l, v->flags, pages);
	gap_refresh(v);
}

void vma_copy(struct vma *to, const struct vma *v)
{
	to->start = v->start;
	to->end = v->end;
	to->flags = v->flags;
	to->offset = v->offset;
	to->space = v->space;
	if (!is_none(v->object))
		put_in(to->object, vm_object_share(at(v->object)));
	if (!is_none(v->backing))
		put_in(to->backing, vm_backing_share(at(v->backing)));
}

result(vma_ptr) vma_isolate(struct vm_space *s, vm_space_locked l, struct vma *v, uintptr_t start,
			    uintptr_t end, struct can_sleep cs)
{
	RETURNS(vma_ptr);
	bool cut_low = start > v->start, cut_high = end < v->end;

	if (!cut_low && !cut_high)
		return OK(vma_ptr, v);
	if (in(l)->vma_count + cut_low + cut_high > VM_MAPPINGS_MAX)
		return FAIL(ENOMEM);
	own(vma_box, below, cut_low ? TRY(vma_box_new()) : none(vma_box));
	own(vma_box, above, cut_high ? TRY(vma_box_new()) : none(vma_box));
	if (cut_low) {
		vma_copy(at(below), v);
		at(below)->end = start;
		vma_set_start(l, v, start);
		vma_link(s, l, unbox(below), cs);
	}
	if (cut_high) {
		vma_copy(at(above), v);
		at(above)->start = end;
		at(above)->offset = v->offset + (end - v->start);
		vma_set_end(l, v, end);
		vma_link(s, l, unbox(above), cs);
	}
	return OK(vma_ptr, v);
}

bool vma_continues(const struct vma *v, uint32_t flags, uint64_t offset, const struct vm_object *o,
		   const struct vm_backing *b)
{
	return ((v->flags ^ flags) & ~VM_COPIED) == 0 && at(v->object) == o &&
	       at(v->backing) == b && (!o || v->offset + (v->end - v->start) == offset);
}

struct vma *vma_merge(vm_space_locked l, struct vma *v, struct can_sleep cs)
{
	for (bool with_next = false; ; with_next = true) {
		struct vma *low = with_next ? v : vma_tree_prev(v),
			   *high = with_next ? vma_tree_next(v) : v;

		if (low && high && low->end == high->start &&
		    vma_continues(low, high->flags, high->offset, at(high->object),
				  at(high->backing))) {
			uintptr_t end = high->end;

			low->flags |= high->flags & VM_COPIED;
			vma_unlink(l, high, cs);
			vma_set_end(l, low, end);
			vma_end(l, high);
			v = low;
		}
		if (with_next)
			return v;
	}
}
