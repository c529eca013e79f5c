/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying an address space for fork(2). Private pages that were written are shared, write-protected
 * on both sides, and copied by whoever writes first. Pages of objects are not copied into the
 * child's tables at all: it faults them in again, several at a time. Both spaces are locked; nobody
 * else knows the child yet.
 */
#include "object.h"
#include "space.h"

struct copy {
	struct vm_space *from, *to;
	bool protected;			/* entries of `from` lost the right to write */
};

static result(unit)
	layout_copy(struct copy *c, vm_space_locked from, vm_space_locked to, struct can_sleep cs);
static result(unit) pages_copy(struct copy *c, const struct vma *v) needs_lock(vm_space_role);
static result(unit) leaf_copy(struct copy *c, pte_t *from, uintptr_t va, uintptr_t end)
	needs_lock(vm_space_role);

result(vm_space_ref) vm_space_fork(struct vm_space *s, struct can_sleep cs)
{
	RETURNS(vm_space_ref);
	own(vm_space_ref, child, TRY(vm_space_new()));
	struct copy c = { .from = s, .to = at(child) };
	int err;

	at(child)->limits = s->limits;
	at(child)->barriers = read_once(s->barriers);
	{
		hold_mutex(vm_space, from, &s->layout);
		hold_mutex_nested(vm_space, to, &at(child)->layout, 1);
		err = error_of(layout_copy(&c, from, to, cs));
		if (c.protected)
			arch_tlb_flush_space(&s->arch);
	}
	unshared(vm_space_role);
	at(child)->peak_resident = vm_space_resident(at(child));
	return err ? FAIL(err) : OK(vm_space_ref, give(child));
}

static result(unit)
	layout_copy(struct copy *c, vm_space_locked from, vm_space_locked to, struct can_sleep cs)
{
	RETURNS(unit);
	*in(to) = *in(from);
	in(to)->vmas = (struct vma_tree){};
	in(to)->last_hit = NULL;
	in(to)->total_pages = in(to)->locked_pages = in(to)->data_pages = in(to)->stack_pages =
		in(to)->exec_pages = 0;
	in(to)->shared_pages = in(to)->vma_count = in(to)->lock_future = 0;
	tree_each(vma, v, &in(from)->vmas) {
		if (v->flags & VM_DONT_FORK)
			continue;
		own(vma_box, b, TRY(vma_box_new()));
		struct vma *n = unbox(b);

		vma_copy(n, v);
		/* Locks on memory are not inherited (mlock(2)). */
		n->flags &= ~(VM_LOCKED | VM_LOCK_ON_FAULT);
		vma_link_before(c->to, to, n, NULL, cs);
		TRY(pages_copy(c, v));
	}
	return DONE;
}

static result(unit) pages_copy(struct copy *c, const struct vma *v)
{
	RETURNS(unit);
	pte_t *from;
	bool has_own_pages = is_none(v->object) || v->flags & VM_COPIED;

	if (v->flags & (VM_SHARED | VM_WIPE_ON_FORK) || !has_own_pages)
		return DONE;
	for (uintptr_t va = v->start; (from = leaf_next(c->from, &va, v->end));
	     va = leaf_end(va, v->end))
		TRY(leaf_copy(c, from, va, leaf_end(va, v->end)));
	return DONE;
}

static result(unit) leaf_copy(struct copy *c, pte_t *from, uintptr_t va, uintptr_t end)
{
	RETURNS(unit);
	pte_t *to = NULL;
	pte_t *stop = from + ((end - va) >> PAGE_SHIFT);
	int64_t copied = 0;

	for (pte_t *entry = from; (entry = entry_next(entry, stop)) < stop; entry++) {
		pte_t e = *entry;
		struct page *p = page_of_frame(pte_pfn(e));

		if (p->kind != PAGE_ANON)
			continue;
		if (!to)
			to = TRY(entry_get(c->to, va));
		refcount_inc(&p->refs);
		if (pte_writable(e)) {
			e = pte_write_protect(e);
			pte_set(entry, e);
			c->protected = true;
		}
		pte_set(&to[entry - from], e);
		copied++;
	}
	c->to->anon_pages += copied;
	return DONE;
}
