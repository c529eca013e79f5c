/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside memory objects. Private to mm/. */
#pragma once
#include <murre/vm.h>

/* A frame for a program; kills for memory if it must. ENOMEM. */
result(page_ref) page_alloc_patient(unsigned request, enum page_kind kind, struct can_sleep cs);
/* Waits for memory after an ENOMEM: true when trying again makes sense. */
bool memory_wait(struct can_sleep cs);

/* vm_object_page for a mapping: ENXIO beyond the object's size. */
result(page_ref) object_page_within(struct vm_object *o, uint64_t index, struct can_sleep cs);
/* Takes a reference on p, found at index under RCU; false: it has just left the object. */
static always_inline bool object_page_hold(const struct vm_object *o, uint64_t index,
					   struct page *p)
{
	if (unlikely(!refcount_inc_not_zero(&p->refs)))
		return false;
	/* A page that leaves forgets its object, and nothing else that lies there looks like one. */
	if (likely(p->object == o && p->index == index))
		return true;
	page_release(p);
	return false;
}
/* Puts a filled page in, moving it; EEXIST, ENOSPC, ENOMEM, ENXIO (within, and beyond the size): p
 * is still the caller's. */
result(unit) object_page_put(struct vm_object *o, uint64_t index, page_ref *p, bool within,
			     struct can_sleep cs);

/* The object's mappings, for cutting. Under the mutex of the mapping's space. */
void object_mapping_add(struct vma *v, struct can_sleep cs);
void object_mapping_remove(struct vma *v, struct can_sleep cs);
/* Does the object of v have a mapping in another space? */
bool object_is_mapped_again(struct vma *v, struct can_sleep cs);
