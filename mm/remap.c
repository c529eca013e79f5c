/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving and resizing mappings (mremap(2)). Page-table entries move as they are; the old place is
 * empty before anybody can see the new one, under the space's mutex.
 */
#include <linux/mman.h>
#include <murre/base/checked.h>
#include "object.h"
#include "space.h"

struct remap {
	uintptr_t old, new_at;
	size_t old_bytes, new_bytes;
	unsigned long flags;
	bool grown;			/* for populating locked memory afterwards */
};

static result(uintptr_t)
	remap_locked(struct vm_space *s, vm_space_locked l, struct remap *r, struct can_sleep cs);
static result(uintptr_t)
	remap_to(struct vm_space *s, vm_space_locked l, struct remap *r, struct can_sleep cs);
static result(vma_ptr) vma_to_resize(struct vm_space *s, vm_space_locked l, const struct remap *r);
static bool grow_in_place(vm_space_locked l, struct vma *v, const struct remap *r,
			  struct can_sleep cs);
static result(uintptr_t) vma_move(struct vm_space *s, vm_space_locked l, struct vma *v,
				  const struct remap *r, uintptr_t to, struct can_sleep cs);
static result(unit) entries_move(struct vm_space *s, uintptr_t from, uintptr_t to, size_t bytes);

result(uintptr_t) vm_remap(struct vm_space *s, uintptr_t old, size_t old_bytes, size_t new_bytes,
			   unsigned long flags, uintptr_t new_at, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	struct remap r = {
		old,   new_at, value_or(size_to_pages(old_bytes), 0), value_or(size_to_pages(new_bytes), 0),
		flags, false
	};
	uintptr_t at;
	bool locked;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return FAIL(EINVAL);
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
		return FAIL(EINVAL);
	if (flags & MREMAP_DONTUNMAP && r.old_bytes != r.new_bytes)
		return FAIL(EINVAL);
	if (!is_aligned(old, PAGE_SIZE) || r.new_bytes == 0)
		return FAIL(EINVAL);
	/* What a shrinking call cuts off must lie in user space; a growing one finds no such mapping. */
	if (r.old_bytes > r.new_bytes && (old > USER_TOP || r.old_bytes > USER_TOP - old))
		return FAIL(EINVAL);
	{
		hold_space(l, s);
		at = TRY(remap_locked(s, l, &r, cs));
		struct vma *v = vma_at(l, at);

		locked = v && (v->flags & (VM_LOCKED | VM_LOCK_ON_FAULT)) == VM_LOCKED;
	}
	if (locked && r.new_bytes > r.old_bytes)
		(void)error_of(vm_populate(s, at + r.old_bytes, at + r.new_bytes, cs));
	return OK(uintptr_t, at);
}

static result(uintptr_t)
	remap_locked(struct vm_space *s, vm_space_locked l, struct remap *r, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	struct vma *v = vma_at(l, r->old);
	struct placement place = { .bytes = r->new_bytes };

	if (!v)
		return FAIL(EFAULT);
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return remap_to(s, l, r, cs);
	if (r->old_bytes >= r->new_bytes) {
		if (r->old_bytes > r->new_bytes)
			TRY(unmap_locked(s, l, r->old + r->new_bytes, r->old + r->old_bytes, cs));
		return OK(uintptr_t, r->old);
	}
	v = TRY(vma_to_resize(s, l, r));
	if (grow_in_place(l, v, r, cs)) {
		shown_by(l);
		s->peak_total = max(s->peak_total, in(l)->total_pages);
		return OK(uintptr_t, r->old);
	}
	if (!(r->flags & MREMAP_MAYMOVE))
		return FAIL(ENOMEM);
	return vma_move(s, l, v, r, TRY(place_find(l, &place)), cs);
}

static result(uintptr_t)
	remap_to(struct vm_space *s, vm_space_locked l, struct remap *r, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	struct placement place = { .want = r->new_at,
				   .bytes = r->new_bytes,
				   .fixed = r->flags & MREMAP_FIXED };
	struct vma *v;

	if (!is_aligned(r->new_at, PAGE_SIZE) || r->new_bytes > USER_TOP ||
	    r->new_at > USER_TOP - r->new_bytes)
		return FAIL(EINVAL);
	if (r->old + r->old_bytes > r->new_at && r->new_at + r->new_bytes > r->old)
		return FAIL(EINVAL);
	/* Room for the parts that cutting and moving may make. */
	if (in(l)->vma_count + 2 >= VM_MAPPINGS_MAX - 3)
		return FAIL(ENOMEM);
	if (r->flags & MREMAP_FIXED) {
		TRY(place_find(l, &place));
		TRY(unmap_locked(s, l, r->new_at, r->new_at + r->new_bytes, cs));
	}
	if (r->old_bytes > r->new_bytes) {
		TRY(unmap_locked(s, l, r->old + r->new_bytes, r->old + r->old_bytes, cs));
		r->old_bytes = r->new_bytes;
	}
	v = TRY(vma_to_resize(s, l, r));
	if (r->flags & MREMAP_DONTUNMAP)
		TRY(account_permits(s, l, v->flags & ~VM_LOCKED, r->old_bytes >> PAGE_SHIFT));
	return vma_move(s, l, v, r, TRY(place_find(l, &place)), cs);
}

/* The mapping that holds the whole old range, if it may grow to the new size. */
static result(vma_ptr) vma_to_resize(struct vm_space *s, vm_space_locked l, const struct remap *r)
{
	RETURNS(vma_ptr);
	struct vma *v = vma_at(l, r->old);
	uint64_t end;

	if (!v)
		return FAIL(EFAULT);
	/* A length of 0 asks for a second mapping of the same shared memory. */
	if (r->old_bytes == 0 && !(v->flags & VM_SHARED))
		return FAIL(EINVAL);
	if (r->old_bytes > v->end - r->old)
		return FAIL(EFAULT);
	if (r->new_bytes <= r->old_bytes)
		return OK(vma_ptr, v);
	if (__builtin_add_overflow(v->offset + (r->old - v->start), r->new_bytes, &end))
		return FAIL(EINVAL);
	TRY(account_permits(s, l, v->flags, (r->new_bytes - r->old_bytes) >> PAGE_SHIFT));
	return OK(vma_ptr, v);
}

static bool grow_in_place(vm_space_locked l, struct vma *v, const struct remap *r,
			  struct can_sleep cs)
{
	uintptr_t end = r->old + r->new_bytes;
	struct vma *next = vma_tree_next(v);

	if (r->old + r->old_bytes != v->end || end < v->end || end > USER_TOP ||
	    (next && end > vma_low(next)))
		return false;
	vma_set_end(l, v, end);
	vma_merge(l, v, cs);
	return true;
}

/* Moves the old range of v to the free place `to`, as large as the new size. */
static result(uintptr_t) vma_move(struct vm_space *s, vm_space_locked l, struct vma *v,
				  const struct remap *r, uintptr_t to, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	bool keep = r->flags & MREMAP_DONTUNMAP;
	uint32_t lock = v->flags & (VM_LOCKED | VM_LOCK_ON_FAULT);

	if (in(l)->vma_count >= VM_MAPPINGS_MAX - 3)
		return FAIL(ENOMEM);
	own(vma_box, b, TRY(vma_box_new()));
	if (r->old_bytes > 0) {
		v = TRY(vma_isolate(s, l, v, r->old, r->old + r->old_bytes, cs));
		/* A table that is missing fails this: what has moved then moves back. */
		attempt(moved, err, entries_move(s, r->old, to, r->old_bytes));
		if (err) {
			(void)error_of(entries_move(s, to, r->old, r->old_bytes));
			vma_merge(l, v, cs);
			return FAIL(err);
		}
	}
	vma_copy(at(b), v);
	at(b)->offset = v->offset + (r->old - v->start);
	at(b)->start = to;
	at(b)->end = to + r->new_bytes;
	/* The new one joins the object's mappings before the old one leaves: a cut must find the
	 * space. */
	struct vma *moved_to = unbox(b);

	vma_link(s, l, moved_to, cs);
	if (keep) {
		vma_set_flags(l, v, v->flags & ~lock);
	} else if (r->old_bytes > 0) {
		vma_unlink(l, v, cs);
		vma_end(l, v);
		tables_trim(s, l, r->old, r->old + r->old_bytes);
	}
	vma_merge(l, moved_to, cs);
	return OK(uintptr_t, to);
}

static result(unit) entries_move(struct vm_space *s, uintptr_t from, uintptr_t to, size_t bytes)
{
	RETURNS(unit);
	uintptr_t end = from + bytes;
	int err = 0;

	for (uintptr_t va = from; !err && (va = arch_leaf_next(&s->arch, va, end)) < end; ) {
		uintptr_t stop = min(align_down(va, LEAF_SPAN) + LEAF_SPAN, end);
		pte_t *old = arch_pte_find(&s->arch, va);
		invariant(old);			/* arch_leaf_next found the leaf */

		for (; va < stop; va += PAGE_SIZE, old++) {
			if (!pte_present(*old))
				continue;
			attempt(new, get_err, arch_pte_get(&s->arch, to + (va - from)));
			err = get_err;
			if (err)
				break;
			pte_set(new, pte_clear(old));
		}
	}
	arch_tlb_flush_range(&s->arch, from, end);
	return unit_result(err);
}
