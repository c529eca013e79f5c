/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed doubly linked lists through a node inside the element. DEFINE_LIST(waiter, struct waiter, link) makes
 * `struct waiter_list` and its functions; an element is on at most one list per node. No locking: the list lives
 * beside the lock that guards it. A zeroed node is "on no list"; a list is initialised by name_list_init.
 */
#pragma once
#include <murre/base/compiler.h>

struct list_node {
	struct list_node *next;
	struct list_node *prev;
};

static inline void list_insert_raw(struct list_node *node, struct list_node *prev, struct list_node *next)
{
	node->next = next;
	node->prev = prev;
	prev->next = node;
	next->prev = node;
}

static inline void list_remove_raw(struct list_node *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = NULL;
	node->prev = NULL;
}

static inline void list_init_raw(struct list_node *head) { head->next = head->prev = head; }
static inline bool list_empty_raw(const struct list_node *head) { return head->next == head; }
static inline bool list_node_linked(const struct list_node *node) { return node->next != NULL; }

/* DEFINE_LIST in two steps, for a T that has such a list inside: first the type, then, after T, its functions. */
#define DECLARE_LIST(name) struct name##_list { struct list_node head; }
#define DEFINE_LIST(name, T, member) \
	DECLARE_LIST(name); \
	DEFINE_LIST_FUNCTIONS(name, T, member)
#define DEFINE_LIST_FUNCTIONS(name, T, member) \
	[[maybe_unused]] static inline void name##_list_init(struct name##_list *l) { l->head.next = l->head.prev = &l->head; } \
	[[maybe_unused]] static inline bool name##_list_empty(const struct name##_list *l) { return l->head.next == &l->head; } \
	[[maybe_unused]] static inline T *name##_list_of_(struct name##_list *l, struct list_node *n) \
	{ return n == &l->head ? NULL : container_of(n, T, member); } \
	[[maybe_unused]] static inline T *name##_list_first(struct name##_list *l) { return name##_list_of_(l, l->head.next); } \
	[[maybe_unused]] static inline T *name##_list_last(struct name##_list *l) { return name##_list_of_(l, l->head.prev); } \
	[[maybe_unused]] static inline T *name##_list_next(struct name##_list *l, T *e) { return name##_list_of_(l, e->member.next); } \
	[[maybe_unused]] static inline T *name##_list_prev(struct name##_list *l, T *e) { return name##_list_of_(l, e->member.prev); } \
	[[maybe_unused]] static inline void name##_list_push_front(struct name##_list *l, T *e) { list_insert_raw(&e->member, &l->head, l->head.next); } \
	[[maybe_unused]] static inline void name##_list_push_back(struct name##_list *l, T *e) { list_insert_raw(&e->member, l->head.prev, &l->head); } \
	[[maybe_unused]] static inline void name##_list_insert_before(T *e, T *place) { list_insert_raw(&e->member, place->member.prev, &place->member); } \
	[[maybe_unused]] static inline void name##_list_insert_after(T *e, T *place) { list_insert_raw(&e->member, &place->member, place->member.next); } \
	[[maybe_unused]] static inline bool name##_list_linked(const T *e) { return list_node_linked(&e->member); } \
	[[maybe_unused]] static inline void name##_list_remove(T *e) { list_remove_raw(&e->member); } \
	[[maybe_unused]] static inline T *name##_list_pop_front(struct name##_list *l) \
	{ T *e = name##_list_first(l); if (e) list_remove_raw(&e->member); return e; } \
	/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */ \
	[[maybe_unused]] static inline void name##_list_splice(struct name##_list *to, struct name##_list *from) \
	{ \
		if (from->head.next == &from->head) \
			return; \
		from->head.next->prev = to->head.prev; \
		to->head.prev->next = from->head.next; \
		from->head.prev->next = &to->head; \
		to->head.prev = from->head.prev; \
		from->head.next = from->head.prev = &from->head; \
	}

/* list_each(waiter, w, &list) { ... }: the body must not remove w; list_each_safe may. */
#define list_each(name, e, l) \
	for (__auto_type e = name##_list_first(l); e; e = name##_list_next(l, e))
#define list_each_safe(name, e, l) \
	for (typeof(name##_list_first(l)) e = name##_list_first(l), e##_next_ = e ? name##_list_next(l, e) : NULL; e; \
	     e = e##_next_, e##_next_ = e ? name##_list_next(l, e) : NULL)
