/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of an address space: made empty (exec) or as a copy (fork.c), shared by threads through
 * references, emptied by vm_space_clear when the last program has left it, freed with the last
 * reference.
 */
#include <murre/start.h>
#include "object.h"
#include "space.h"

DEFINE_BOX(vm_space, struct vm_space)
DEFINE_BOX_CACHE(vm_space, struct vm_space);

struct page *zero_page;			/* what private memory reads as until it is written; never freed */

START_TASK(vm_start, needs(slab_start))
{
	zero_page = into_count(expect(page_alloc(0, PAGE_ZERO, PAGE_KERNEL), "the page of zeros"));
}

result(vm_space_ref) vm_space_new(void)
{
	RETURNS(vm_space_ref);
	own(vm_space_box, b, TRY(vm_space_box_new()));
	struct vm_space *s = at(b);

	TRY(arch_space_init(&s->arch));
	refcount_init(&s->refs, 1);
	s->limits = (struct vm_limits){ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	peek(&s->layout)->mmap_top = USER_TOP;
	return OK(vm_space_ref, handle_from(vm_space_ref, unbox(b)));
}

handles_are_counted(vm_space_ref, struct vm_space, refs);

void vm_space_release(struct vm_space *s)
{
	if (refcount_dec_not_last(&s->refs))
		return;
	/* Emptied while it still counts as alive: whoever cuts pages off an object waits for the
	 * mutex of its spaces. */
	vm_space_clear(s, MAY_SLEEP);
	if (!refcount_dec(&s->refs))
		return;
	arch_space_fini(&s->arch);
	vm_space_box_free(s);
}

void vm_space_clear(struct vm_space *s, struct can_sleep cs)
{
	hold_space(l, s);
	peak_note(s);
	tree_each(vma, v, &in(l)->vmas) {
		zap_dead(s, l, v);
		if (!is_none(v->object))
			object_mapping_remove(v, cs);
		account(l, v->flags, -(int64_t)vma_pages(v));
		vma_end(l, v);
	}
	in(l)->vmas = (struct vma_tree){};
	in(l)->last_hit = NULL;
	in(l)->vma_count = 0;
	s->anon_pages = s->file_pages = s->shmem_pages = 0;
}
