/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding a page of a memory object: under RCU, counted. */
#include "../twin.h"
#define vm_object_page_peek original_vm_object_page_peek
#include <mm/object.c>
#undef vm_object_page_peek

struct page *raw_object_page_find(struct vm_object *o, uint64_t index)
{
	struct page *p;

	preempt_disable();
	do
		p = radix_get(&peek(&o->state)->pages, index);
	while (p && unlikely(!object_page_hold(o, index, p)));
	preempt_enable();
	return p;
}
