/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc/PID shows of an address space: copies taken under its mutex (proc(5): maps, smaps,
 * statm, status). */
#include "object.h"
#include "space.h"

static void usage_add(struct vm_usage *u, pte_t e, bool object_shared);

void vm_stats_get(struct vm_space *s, struct vm_stats *out, struct can_sleep cs)
{
	hold_mutex(vm_space, l, &s->layout);
	const struct vm_layout *y = in(l);

	*out = (struct vm_stats){
		.total = y->total_pages,
		.peak_total = max(s->peak_total, y->total_pages),
		.locked = y->locked_pages,
		.data = y->data_pages,
		.stack = y->stack_pages,
		.exec = y->exec_pages,
		.shared = y->shared_pages,
		.resident = vm_space_resident(s),
		.peak_resident = max(s->peak_resident, vm_space_resident(s)),
		.anon = s->anon_pages,
		.file = s->file_pages,
		.shmem = s->shmem_pages,
		.tables = vm_space_table_pages(s),
		.code_start = y->code_start,
		.code_end = y->code_end,
		.data_start = y->data_start,
		.data_end = y->data_end,
		.brk_start = y->brk_start,
		.brk_end = y->brk_end,
		.stack_top = y->stack_top,
		.arg_start = y->arg_start,
		.arg_end = y->arg_end,
		.env_start = y->env_start,
		.env_end = y->env_end,
		.mappings = y->vma_count,
	};
}

bool vm_facts_next(struct vm_space *s, uintptr_t from, struct vm_facts *out, struct can_sleep cs)
{
	drop(vm_backing_ref, out->backing);
	hold_mutex(vm_space, l, &s->layout);
	const struct vm_layout *y = in(l);
	struct vma *v = vma_above(l, from);

	if (!v)
		return false;
	*out = (struct vm_facts){
		.start = v->start,
		.end = v->end,
		.flags = v->flags,
		.offset = is_none(v->object) ? 0 : v->offset,
		.backing = is_none(v->backing) ? none(vm_backing_ref)
					       : vm_backing_share(at(v->backing)),
		.is_heap = is_none(v->object) && v->start <= y->brk_end && v->end >= y->brk_start &&
			   y->brk_end > y->brk_start,
		.is_stack = v->start <= y->stack_top && v->end >= y->stack_top &&
			    v->flags & VM_GROWS_DOWN,
		.is_shared_anonymous = !is_none(v->object) && is_none(v->backing),
	};
	return true;
}

void vm_usage_get(struct vm_space *s, uintptr_t start, uintptr_t end, struct vm_usage *out,
		  struct can_sleep cs)
{
	hold_mutex(vm_space, l, &s->layout);
	struct vma *v = vma_above(l, start);
	bool shared = v && !is_none(v->object) && object_is_mapped_again(v, cs);
	pte_t *entry;

	*out = (struct vm_usage){};
	for (uintptr_t va = start; (entry = leaf_next(s, &va, end)); va = leaf_end(va, end)) {
		pte_t *last = entry + ((leaf_end(va, end) - va) >> PAGE_SHIFT);

		for (; (entry = entry_next(entry, last)) < last; entry++)
			if (page_of_frame(pte_pfn(*entry)) != zero_page)
				usage_add(out, *entry, shared);
	}
}

static void usage_add(struct vm_usage *u, pte_t e, bool object_shared)
{
	const struct page *p = page_of_frame(pte_pfn(e));
	/* Who else maps a page of an object is not counted page by page: more than one mapping
	 * makes all of them shared. */
	bool shared = p->kind == PAGE_ANON ? refcount_read(&p->refs) > 1 : object_shared;
	bool dirty = pte_dirty(e) || p->kind == PAGE_ANON;

	u->resident++;
	u->anon += p->kind == PAGE_ANON;
	u->referenced += pte_young(e);
	if (shared)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += 1;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += 1;
}
