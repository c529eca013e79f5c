/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of a memory object made ahead of their use (fallocate(2)), all or none: the room in the filesystem, the frames
 * and the nodes of the tree are taken first, then all pages join the object in one go.
 */
#include "object.h"

/* What has been taken and not used yet. */
struct reserve {
	struct vm_object *object;
	uint64_t charged;
	struct page *pages;		/* linked by private_data */
	struct radix_stock nodes;
};

static void reserve_end(struct reserve *r);
static uint64_t pages_missing(struct vm_object *o, uint64_t first, uint64_t end, struct can_sleep cs);
static result(unit) frames_take(struct reserve *r);
static void pages_join(struct reserve *r, uint64_t first, uint64_t end, struct can_sleep cs);
static struct page *frame_pop(struct reserve *r);

result(unit) vm_object_reserve(struct vm_object *o, uint64_t first, uint64_t end, struct can_sleep cs)
{
	RETURNS(unit);
	uint64_t missing = pages_missing(o, first, end, cs);
	defer(reserve_end, struct reserve, r, (struct reserve){ .object = o });

	if (missing == 0)
		return DONE;
	if (o->ops->charge)
		TRY(o->ops->charge(o, missing));
	r.charged = missing;
	TRY(frames_take(&r));
	TRY(radix_stock_fill(&r.nodes, first, end - 1));
	pages_join(&r, first, end, cs);
	return DONE;
}

static void reserve_end(struct reserve *r)
{
	if (r->charged && r->object->ops->uncharge)
		r->object->ops->uncharge(r->object, r->charged);
	while (r->pages)
		page_release(frame_pop(r));
	radix_stock_end(&r->nodes);
}

static uint64_t pages_missing(struct vm_object *o, uint64_t first, uint64_t end, struct can_sleep cs)
{
	uint64_t missing = end - first, index = first;

	hold_mutex(vm_object, s, &o->state);
	for (; index < end && radix_next(&in(s)->pages, &index) && index < end; index++)
		missing--;
	return missing;
}

/* Without killing for it: that nothing is made is as good an answer. */
static result(unit) frames_take(struct reserve *r)
{
	RETURNS(unit);
	for (uint64_t n = 0; n < r->charged; n++) {
		struct page *p;

		if (signal_pending())
			return FAIL(EINTR);
		p = into_count(TRY(page_alloc(0, PAGE_ZERO | PAGE_FOR_USER, PAGE_OBJECT)));
		p->private_data = (uintptr_t)r->pages;
		r->pages = p;
	}
	return DONE;
}

/* Where somebody was faster, a frame is left over. */
static void pages_join(struct reserve *r, uint64_t first, uint64_t end, struct can_sleep cs)
{
	struct vm_object *o = r->object;

	hold_mutex(vm_object, s, &o->state);
	for (uint64_t index = first; index < end && r->pages; index++) {
		struct page *p = r->pages;

		if (radix_get(&in(s)->pages, index))
			continue;
		p->object = o;
		p->index = index;
		(void)expect(radix_put_stocked(&in(s)->pages, index, frame_pop(r), &r->nodes), "nodes are in stock");
		in(s)->count++;
		r->charged--;
	}
}

static struct page *frame_pop(struct reserve *r)
{
	struct page *p = r->pages;

	r->pages = (struct page *)p->private_data;
	p->private_data = 0;
	return p;
}
