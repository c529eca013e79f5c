/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory objects: which pages they have. A page joins and leaves under the object's mutex; looking
 * one up takes no lock: a reference is taken if the page still has one, and the page must then say
 * that it belongs where it was found.
 */
#include <murre/inject.h>
#include <murre/slab.h>
#include "object.h"

DEFINE_LIST(mapping, struct vma, object_link)

bool (*oom_kill)(struct can_sleep cs);

static struct mapping_list *mappings_of(vm_object_locked o);
static result(page_ref)
	page_make(struct vm_object *o, uint64_t index, bool within, struct can_sleep cs);
static void pages_drop_all(struct vm_object *o, struct can_sleep cs);

void vm_object_init(struct vm_object *o, const struct vm_object_ops *ops, uint64_t size)
{
	*o = (struct vm_object){ .ops = ops, .size = size };
	refcount_init(&o->refs, 1);
	mapping_list_init((struct mapping_list *)&peek(&o->state)->mappings);
}

void vm_object_release(struct vm_object *o)
{
	if (!refcount_dec(&o->refs))
		return;
	pages_drop_all(o, MAY_SLEEP);
	o->ops->free(o);
}

/* Shared anonymous memory: nothing but the object. */
DEFINE_BOX(anonymous_object, struct vm_object)
DEFINE_BOX_CACHE(anonymous_object, struct vm_object);
static const struct vm_object_ops anonymous_ops = { .free = anonymous_object_box_free,
						    .memory_only = true };

result(vm_object_ref) vm_object_anonymous(uint64_t size)
{
	RETURNS(vm_object_ref);
	own(anonymous_object_box, b, TRY(anonymous_object_box_new()));
	struct vm_object *o = unbox(b);

	vm_object_init(o, &anonymous_ops, size);
	return OK(vm_object_ref, handle_from(vm_object_ref, o));
}

page_ref vm_object_page_peek(struct vm_object *o, uint64_t index, struct can_sleep may_sleep)
{
	struct page *p;

	hold_rcu(r);
	do
		p = radix_get(&peek(&o->state)->pages, index);
	while (p && unlikely(!object_page_hold(o, index, p)));
	return handle_from(page_ref, p);
}

result(page_ref) vm_object_page(struct vm_object *o, uint64_t index, struct can_sleep cs)
{
	own(page_ref, p, vm_object_page_peek(o, index, cs));

	return likely(!is_none(p)) ? OK(page_ref, give(p)) : page_make(o, index, false, cs);
}

result(page_ref) object_page_within(struct vm_object *o, uint64_t index, struct can_sleep cs)
{
	own(page_ref, p, vm_object_page_peek(o, index, cs));

	return likely(!is_none(p)) ? OK(page_ref, give(p)) : page_make(o, index, true, cs);
}

result(unit)
	vm_object_page_add(struct vm_object *o, uint64_t index, page_ref given, struct can_sleep cs)
{
	own(page_ref, p, give(given));
	return object_page_put(o, index, &p, false, cs);
}

result(unit) object_page_put(struct vm_object *o, uint64_t index, page_ref *p, bool within,
			     struct can_sleep cs)
{
	RETURNS(unit);
	struct page *page = at(*p);
	int err = o->ops->charge ? error_of(o->ops->charge(o, 1)) : 0;

	if (unlikely(err))
		return FAIL(err);
	{
		hold_mutex(vm_object, s, &o->state);
		page->object = o;
		page->index = index;
		err = within && index >= pages_for(o->size)
			      ? ENXIO
			      : error_of(radix_put(&in(s)->pages, index, page));
		in(s)->count += !err;
	}
	if (likely(!err)) {
		(void)into_count(give(*p));
		return DONE;
	}
	page->object = NULL;
	if (o->ops->uncharge)
		o->ops->uncharge(o, 1);
	return FAIL(err);
}

void object_mapping_add(struct vma *v, struct can_sleep cs)
{
	hold_mutex(vm_object, o, &at(v->object)->state);
	v->cut_round = 0;
	mapping_list_push_front(mappings_of(o), v);
}

void object_mapping_remove(struct vma *v, struct can_sleep cs)
{
	hold_mutex(vm_object, o, &at(v->object)->state);
	mapping_list_remove(v);
}

bool object_is_mapped_again(struct vma *v, struct can_sleep cs)
{
	hold_mutex(vm_object, o, &at(v->object)->state);
	list_each(mapping, other, mappings_of(o))
		if (other->space != v->space)
			return true;
	return false;
}

result(page_ref) page_alloc_patient(unsigned request, enum page_kind kind, struct can_sleep cs)
{
	RETURNS(page_ref);

	for (;;) {
		attempt_own(page_ref, p, err, page_alloc(0, request | PAGE_FOR_USER, kind));

		if (likely(!err))
			return OK(page_ref, give(p));
		if (!memory_wait(cs))
			return FAIL(err);
	}
}

bool memory_wait(struct can_sleep cs)
{
	return !failure_was_injected() && !death_pending() && oom_kill && oom_kill(cs) && !death_pending();
}

static struct mapping_list *mappings_of(vm_object_locked o)
{
	return (struct mapping_list *)&in(o)->mappings;
}

static never_inline result(page_ref)
	page_make(struct vm_object *o, uint64_t index, bool within, struct can_sleep cs)
{
	RETURNS(page_ref);
	for (;;) {
		unsigned request = o->ops->fill ? 0 : PAGE_ZERO;

		/* A page fault waits for memory later, when it has let go of its space. */
		own(page_ref, p, TRY(within ? page_alloc(0, request | PAGE_FOR_USER, PAGE_OBJECT)
					    : page_alloc_patient(request, PAGE_OBJECT, cs)));
		own(page_ref, mine, page_share(at(p)));
		int err = o->ops->fill ? error_of(o->ops->fill(o, at(p), index, cs)) : 0;

		if (!err)
			err = error_of(object_page_put(o, index, &p, within, cs));
		if (likely(!err))
			return OK(page_ref, give(mine));
		if (err != EEXIST)
			return FAIL(err);
		own(page_ref, other, vm_object_page_peek(o, index, cs));
		if (!is_none(other))
			return OK(page_ref, give(other));
	}
}

/* Nobody else knows the object any more. */
static void pages_drop_all(struct vm_object *o, struct can_sleep cs)
{
	uint64_t index = 0, dropped = 0;
	struct page *p;

	hold_mutex(vm_object, s, &o->state);
	while ((p = radix_next(&in(s)->pages, &index))) {
		radix_take(&in(s)->pages, index);
		p->object = NULL;
		page_release(p);
		dropped++;
	}
	if (dropped && o->ops->uncharge)
		o->ops->uncharge(o, dropped);
}
