/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making and taking away mappings (mmap(2), munmap(2)). What can fail comes first: the place, the
 * limits, the memory for mappings that appear; then the old mappings go and the new one comes.
 */
#include <murre/cred.h>
#include "object.h"
#include "space.h"

static result(uintptr_t) map_locked(struct vm_space *s, vm_space_locked l, struct vm_map_request *r,
				    struct can_sleep cs);
static result(unit) request_permits(struct vm_space *s, vm_space_locked l,
				    const struct vm_map_request *r, uintptr_t at);
static bool map_by_growing(struct vm_space *s, vm_space_locked l, const struct vm_map_request *r,
			   uintptr_t at, struct vma *next, struct can_sleep cs);
static uint64_t pages_mapped_in(vm_space_locked l, uintptr_t start, uintptr_t end);
static result(uintptr_t) place_fixed(vm_space_locked l, const struct placement *p);

result(uintptr_t) vm_map(struct vm_space *s, struct vm_map_request *r, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	uintptr_t at;

	{
		hold_space(l, s);
		r->flags |= in(l)->lock_future;
		at = TRY(map_locked(s, l, r, cs));
	}
	/* What cannot be brought in now will fault later. */
	if (r->populate || (r->flags & (VM_LOCKED | VM_LOCK_ON_FAULT)) == VM_LOCKED)
		(void)error_of(vm_populate(s, at, at + r->bytes, cs));
	return OK(uintptr_t, at);
}

void vm_map_request_end(struct vm_map_request *r)
{
	drop(vm_object_ref, r->object);
	drop(vm_backing_ref, r->backing);
}

result(unit) vm_unmap(struct vm_space *s, uintptr_t start, size_t bytes, struct can_sleep cs)
{
	RETURNS(unit);
	size_t whole;

	if (!is_aligned(start, PAGE_SIZE) || start > USER_TOP || bytes > USER_TOP - start)
		return FAIL(EINVAL);
	whole = align_up(bytes, PAGE_SIZE);
	if (whole == 0)
		return FAIL(EINVAL);
	hold_space(l, s);
	return unmap_locked(s, l, start, start + whole, cs);
}

result(unit) unmap_locked(struct vm_space *s, vm_space_locked l, uintptr_t start, uintptr_t end,
			  struct can_sleep cs)
{
	RETURNS(unit);
	struct vma *v = vma_above(l, start), *next;

	if (!v || v->start >= end)
		return DONE;
	if (v->start < start && v->end > end)
		v = TRY(vma_isolate(s, l, v, start, end, cs));
	for (; v && v->start < end; v = next) {
		next = vma_tree_next(v);
		zap_range(s, l, v, max(start, v->start), min(end, v->end));
		if (v->start < start) {
			vma_set_end(l, v, start);
		} else if (v->end > end) {
			vma_set_start(l, v, end);
		} else {
			vma_unlink(l, v, cs);
			vma_end(l, v);
		}
	}
	tables_trim(s, l, start, end);
	return DONE;
}

result(uintptr_t) place_find(vm_space_locked l, struct placement *p)
{
	RETURNS(uintptr_t);
	uintptr_t hint = align_down(p->want, PAGE_SIZE), found;

	if (p->bytes > USER_TOP)
		return FAIL(ENOMEM);
	if (p->fixed)
		return place_fixed(l, p);
	if (p->below_2g) {
		found = gap_find_bottom(l, p->bytes, 0x40000000ul, 0x80000000ul);
		p->next = vma_above(l, found);
		return found ? OK(uintptr_t, found) : FAIL(ENOMEM);
	}
	if (hint) {
		hint = max(hint, VM_ADDRESS_MIN);
		p->next = vma_above(l, hint);
		if (hint <= USER_TOP - p->bytes &&
		    (!p->next || hint + p->bytes <= vma_low(p->next)))
			return OK(uintptr_t, hint);
	}
	found = gap_find_top(l, p->bytes, VM_ADDRESS_MIN, in(l)->mmap_top, &p->next);
	if (likely(found))
		return OK(uintptr_t, found);
	/* Full below: perhaps there is room above, beside the stack. */
	found = gap_find_bottom(l, p->bytes, in(l)->mmap_top, USER_TOP);
	p->next = vma_above(l, found);
	return found ? OK(uintptr_t, found) : FAIL(ENOMEM);
}

static result(uintptr_t) place_fixed(vm_space_locked l, const struct placement *p)
{
	RETURNS(uintptr_t);
	if (p->want > USER_TOP - p->bytes)
		return FAIL(ENOMEM);
	if (!is_aligned(p->want, PAGE_SIZE))
		return FAIL(EINVAL);
	if (p->want < VM_ADDRESS_MIN && !capable(CAP_SYS_RAWIO))
		return FAIL(EPERM);
	if (p->no_replace) {
		struct vma *v = vma_above(l, p->want);

		if (v && v->start < p->want + p->bytes)
			return FAIL(EEXIST);
	}
	return OK(uintptr_t, p->want);
}

static result(uintptr_t) map_locked(struct vm_space *s, vm_space_locked l, struct vm_map_request *r,
				    struct can_sleep cs)
{
	RETURNS(uintptr_t);
	struct placement place = { r->at, r->bytes, r->fixed, r->no_replace, r->below_2g, NULL };
	uintptr_t at = TRY(place_find(l, &place));

	TRY(request_permits(s, l, r, at));
	if (!r->fixed && map_by_growing(s, l, r, at, place.next, cs))
		return OK(uintptr_t, at);
	own(vma_box, b, TRY(vma_box_new()));
	if (r->fixed) {
		TRY(unmap_locked(s, l, at, at + r->bytes, cs));
		place.next = vma_above(l, at);
		if (map_by_growing(s, l, r, at, place.next, cs))
			return OK(uintptr_t, at);
	}
	at(b)->start = at;
	at(b)->end = at + r->bytes;
	at(b)->flags = r->flags;
	at(b)->offset = r->offset;
	put_in(at(b)->object, give(r->object));
	put_in(at(b)->backing, give(r->backing));
	vma_link_before(s, l, unbox(b), place.next, cs);
	return OK(uintptr_t, at);
}

static result(unit) request_permits(struct vm_space *s, vm_space_locked l,
				    const struct vm_map_request *r, uintptr_t at)
{
	RETURNS(unit);
	uint64_t pages = r->bytes >> PAGE_SHIFT,
		 replaced = r->fixed ? pages_mapped_in(l, at, at + r->bytes) : 0;

	if (in(l)->vma_count >= VM_MAPPINGS_MAX)
		return FAIL(ENOMEM);
	return account_permits(s, l, r->flags, pages - min(pages, replaced));
}

static uint64_t pages_mapped_in(vm_space_locked l, uintptr_t start, uintptr_t end)
{
	uint64_t bytes = 0;

	for (struct vma *v = vma_above(l, start); v && v->start < end; v = vma_tree_next(v))
		bytes += min(end, v->end) - max(start, v->start);
	return bytes >> PAGE_SHIFT;
}

static bool continued_by(const struct vm_map_request *r, const struct vma *next)
{
	return ((next->flags ^ r->flags) & ~VM_COPIED) == 0 && at(next->object) == at(r->object) &&
	       at(next->backing) == at(r->backing) &&
	       (is_none(r->object) || r->offset + r->bytes == next->offset);
}

/* Extends a neighbour that the new mapping continues; then no mapping is added. */
static bool map_by_growing(struct vm_space *s, vm_space_locked l, const struct vm_map_request *r,
			   uintptr_t at, struct vma *next, struct can_sleep cs)
{
	struct vma *prev = next ? vma_tree_prev(next) : vma_tree_last(&in(l)->vmas);

	if (r->flags & VM_GROWS_DOWN)
		return false;
	if (prev && prev->end == at &&
	    vma_continues(prev, r->flags, r->offset, at(r->object), at(r->backing))) {
		vma_set_end(l, prev, at + r->bytes);
		vma_merge(l, prev, cs);
	} else if (next && next->start == at + r->bytes && continued_by(r, next)) {
		vma_set_start(l, next, at);
	} else {
		return false;
	}
	shown_by(l);
	s->peak_total = max(s->peak_total, in(l)->total_pages);
	return true;
}
