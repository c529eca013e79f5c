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
/* Takes a reference on each page that is there of [index, index + n): out[i], NULL for none. Does not sleep. */
void object_pages_peek(struct vm_object *o, uint64_t index, unsigned n, struct page **out);
/* Puts a filled page in, moving it; EEXIST, ENOSPC, ENOMEM, ENXIO (within, and beyond the size): p is still the caller's. */
result(unit) object_page_put(struct vm_object *o, uint64_t index, page_ref *p, bool within, struct can_sleep cs);

/* The object's mappings, for cutting. Under the mutex of the mapping's space. */
void object_mapping_add(struct vma *v, struct can_sleep cs);
void object_mapping_remove(struct vma *v, struct can_sleep cs);
