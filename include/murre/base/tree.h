/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed balanced binary trees (red-black) through a node inside the element. DEFINE_TREE(vma, struct vma, node, less)
 * makes `struct vma_tree` and its functions, ordered by less(const T *a, const T *b). No locking. tree_node is zero
 * while the element is in no tree. A tree whose elements keep a figure over their subtree (the scheduler's) passes
 * `update`, called bottom-up wherever a subtree changed: DEFINE_TREE_AUGMENTED(name, T, member, less, update).
 */
#pragma once
#include <murre/base/compiler.h>

struct tree_node {
	struct tree_node *left, *right;
	uintptr_t parent_colour;	/* parent | 1 when black; 0: in no tree (the root is black) */
};
struct tree_root { struct tree_node *top; };
typedef void (*tree_update_fn)(struct tree_node *n);

/* Links node below parent at *link and rebalances. */
void tree_insert_raw(struct tree_root *root, struct tree_node *node, struct tree_node *parent, struct tree_node **link, tree_update_fn update);
void tree_remove_raw(struct tree_root *root, struct tree_node *node, tree_update_fn update);
struct tree_node *tree_first_raw(const struct tree_root *root);
struct tree_node *tree_last_raw(const struct tree_root *root);
struct tree_node *tree_next_raw(const struct tree_node *node);
struct tree_node *tree_prev_raw(const struct tree_node *node);
/* Calls update from node up to the root, after a figure of node changed. */
void tree_update_upward(struct tree_node *node, tree_update_fn update);
static inline struct tree_node *tree_parent_raw(const struct tree_node *n) { return (struct tree_node *)(n->parent_colour & ~1ul); }
static inline bool tree_node_linked(const struct tree_node *n) { return n->parent_colour != 0; }

#define DEFINE_TREE(name, T, member, less) DEFINE_TREE_AUGMENTED(name, T, member, less, NULL)
#define DEFINE_TREE_AUGMENTED(name, T, member, less, update) \
	struct name##_tree { struct tree_root root; }; \
	[[maybe_unused]] static inline T *name##_tree_of(struct tree_node *n) { return n ? container_of(n, T, member) : NULL; } \
	[[maybe_unused]] static inline void name##_tree_insert(struct name##_tree *t, T *e) \
	{ \
		struct tree_node **link = &t->root.top, *parent = NULL; \
		while (*link) { \
			parent = *link; \
			link = less(e, name##_tree_of(parent)) ? &parent->left : &parent->right; \
		} \
		tree_insert_raw(&t->root, &e->member, parent, link, update); \
	} \
	[[maybe_unused]] static inline void name##_tree_remove(struct name##_tree *t, T *e) { tree_remove_raw(&t->root, &e->member, update); } \
	[[maybe_unused]] static inline bool name##_tree_empty(const struct name##_tree *t) { return !t->root.top; } \
	[[maybe_unused]] static inline T *name##_tree_first(const struct name##_tree *t) { return name##_tree_of(tree_first_raw(&t->root)); } \
	[[maybe_unused]] static inline T *name##_tree_last(const struct name##_tree *t) { return name##_tree_of(tree_last_raw(&t->root)); } \
	[[maybe_unused]] static inline T *name##_tree_next(const T *e) { return name##_tree_of(tree_next_raw(&e->member)); } \
	[[maybe_unused]] static inline T *name##_tree_prev(const T *e) { return name##_tree_of(tree_prev_raw(&e->member)); } \
	[[maybe_unused]] static inline T *name##_tree_top(const struct name##_tree *t) { return name##_tree_of(t->root.top); } \
	[[maybe_unused]] static inline T *name##_tree_left(const T *e) { return name##_tree_of(e->member.left); } \
	[[maybe_unused]] static inline T *name##_tree_right(const T *e) { return name##_tree_of(e->member.right); } \
	[[maybe_unused]] static inline bool name##_tree_linked(const T *e) { return tree_node_linked(&e->member); }

#define tree_each(name, e, t) \
	for (__auto_type e = name##_tree_first(t); e; e = name##_tree_next(e))
