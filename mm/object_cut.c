/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking pages away from a memory object and from whoever has them mapped (truncation, hole
 * punching). One cut at a time per object. First the pages leave the object, under its mutex: no
 * fault finds them from then on. Then every space with a mapping is visited under its own mutex, so
 * that a fault that was under way has ended, and its entries go; only then are the pages let go,
 * because entries hold no references on them. Mappings that a cut has not visited stand at the
 * front of the list; new ones (also halves of a split, copies of a fork) join there.
 */
#include <murre/string.h>
#include "object.h"
#include "space.h"

DEFINE_LIST(mapping, struct vma, object_link)

static struct page *pages_take(struct vm_object *o, uint64_t first, uint64_t end,
			       struct can_sleep cs);
static void pages_drop(struct page *taken);
static void part_clear(struct vm_object *o, uint64_t start, uint64_t end, struct can_sleep cs);
static void mappings_cut(struct vm_object *o, uint64_t first, uint64_t end, bool copies_too,
			 struct can_sleep cs);
static vm_space_ref space_to_visit(struct vm_object *o, uint64_t round, struct can_sleep cs);
static void space_cut(struct vm_space *s, struct vm_object *o, const struct cut *c, uint64_t round,
		      struct can_sleep cs);

void vm_object_resize(struct vm_object *o, uint64_t size, struct can_sleep cs)
{
	uint64_t old;
	struct page *taken;

	hold_mutex(vm_cutting, c, &o->cutting);
	{
		hold_mutex(vm_object, s, &o->state);
		old = o->size;
		write_once(o->size, size);
	}
	if (size >= old)
		return;
	taken = pages_take(o, pages_for(size), UINT64_MAX, cs);
	part_clear(o, size, align_up(size, PAGE_SIZE), cs);
	mappings_cut(o, pages_for(size), UINT64_MAX, true, cs);
	pages_drop(taken);
}

void vm_object_punch(struct vm_object *o, uint64_t start, uint64_t end, struct can_sleep cs)
{
	uint64_t first = pages_for(start), last = end >> PAGE_SHIFT;
	struct page *taken;

	hold_mutex(vm_cutting, c, &o->cutting);
	if (first > last) {
		part_clear(o, start, end, cs);
		return;
	}
	part_clear(o, start, first << PAGE_SHIFT, cs);
	part_clear(o, last << PAGE_SHIFT, end, cs);
	taken = pages_take(o, first, last, cs);
	mappings_cut(o, first, last, false, cs);
	pages_drop(taken);
}

/* Pages [first, end) leave the object; they are alive, linked by link.next, until no mapping has
 * them any more. */
static struct page *pages_take(struct vm_object *o, uint64_t first, uint64_t end,
			       struct can_sleep cs)
{
	uint64_t index = first, dropped = 0;
	struct page *p, *taken = NULL;

	hold_mutex(vm_object, s, &o->state);
	while (index < end && (p = radix_next(&in(s)->pages, &index)) && index < end) {
		radix_take(&in(s)->pages, index);
		in(s)->count--;
		p->link.next = taken ? &taken->link : NULL;
		taken = p;
		dropped++;
	}
	if (dropped && o->ops->uncharge)
		o->ops->uncharge(o, dropped);
	return taken;
}

static void pages_drop(struct page *taken)
{
	while (taken) {
		struct list_node *next = taken->link.next;

		taken->object = NULL;
		page_release(taken);
		taken = next ? container_of(next, struct page, link) : NULL;
	}
}

/* Clears [start, end), which lies in one page, if that page is there. */
static void part_clear(struct vm_object *o, uint64_t start, uint64_t end, struct can_sleep cs)
{
	if (start == end)
		return;
	own(page_ref, p, vm_object_page_peek(o, start >> PAGE_SHIFT, cs));
	if (!is_none(p))
		memset((char *)page_bytes(at(p)) + (start & ~PAGE_MASK), 0, end - start);
}

static void mappings_cut(struct vm_object *o, uint64_t first, uint64_t end, bool copies_too,
			 struct can_sleep cs)
{
	struct cut c = { .first = first, .end = end, .copies_too = copies_too };
	uint64_t round;

	{
		hold_mutex(vm_object, s, &o->state);
		round = ++in(s)->cut_round;
	}
	for (;;) {
		own(vm_space_ref, space, space_to_visit(o, round, cs));

		if (is_none(space))
			return;
		space_cut(at(space), o, &c, round, cs);
	}
}

/* A space with a mapping not visited yet. Spaces that have mappings are alive: the last holder
 * empties before it lets go. */
static vm_space_ref space_to_visit(struct vm_object *o, uint64_t round, struct can_sleep cs)
{
	hold_mutex(vm_object, s, &o->state);
	struct vma *v = mapping_list_first((struct mapping_list *)&in(s)->mappings);

	return v && v->cut_round != round ? vm_space_share(v->space) : none(vm_space_ref);
}

/* Unmaps from all mappings of o in the space, and marks them visited. */
static void space_cut(struct vm_space *s, struct vm_object *o, const struct cut *c, uint64_t round,
		      struct can_sleep cs)
{
	hold_mutex(vm_space, l, &s->layout);
	tree_each(vma, v, &in(l)->vmas) {
		if (at(v->object) != o)
			continue;
		zap_cut(s, l, v, c);
		hold_mutex(vm_object, os, &o->state);
		v->cut_round = round;
		mapping_list_remove(v);
		mapping_list_push_back((struct mapping_list *)&in(os)->mappings, v);
	}
}
