/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Red-black trees. Invariants: (1) the top is black; (2) a red node has no red child; (3) every way from a node down to
 * a missing child passes the same number of black nodes. Insertion repairs (2) upwards, removal repairs (3) upwards
 * (Cormen, Leiserson, Rivest, Stein: Introduction to Algorithms, chapter 13).
 */
#include <murre/base/tree.h>

#define BLACK 1ul

static struct tree_node *parent_of(const struct tree_node *n) { return (struct tree_node *)(n->parent_colour & ~BLACK); }
static bool is_black(const struct tree_node *n) { return !n || (n->parent_colour & BLACK); }
static void set_black(struct tree_node *n) { n->parent_colour |= BLACK; }
static void set_red(struct tree_node *n) { n->parent_colour &= ~BLACK; }

static void set_parent(struct tree_node *n, struct tree_node *parent)
{
	n->parent_colour = (uintptr_t)parent | (n->parent_colour & BLACK);
}

/* Puts `with` where `n` hangs below its parent. */
static void replace_child(struct tree_root *root, struct tree_node *n, struct tree_node *with)
{
	struct tree_node *parent = parent_of(n);

	if (!parent)
		root->top = with;
	else if (parent->left == n)
		parent->left = with;
	else
		parent->right = with;
	if (with)
		set_parent(with, parent);
}

/* Turns n down to the left (or right); its child on the other side takes its place. */
static void rotate(struct tree_root *root, struct tree_node *n, bool to_left, tree_update_fn update)
{
	struct tree_node *up = to_left ? n->right : n->left;
	struct tree_node **taken = to_left ? &up->left : &up->right;
	struct tree_node **given = to_left ? &n->right : &n->left;

	replace_child(root, n, up);
	*given = *taken;
	if (*taken)
		set_parent(*taken, n);
	*taken = n;
	set_parent(n, up);
	if (update) {
		update(n);
		update(up);
	}
}

void tree_update_upward(struct tree_node *n, tree_update_fn update)
{
	for (; n; n = parent_of(n))
		update(n);
}

static void insert_repair(struct tree_root *root, struct tree_node *n, tree_update_fn update)
{
	struct tree_node *parent, *grand, *uncle;

	while ((parent = parent_of(n)) && !is_black(parent)) {
		bool left = (grand = parent_of(parent))->left == parent;

		uncle = left ? grand->right : grand->left;
		if (!is_black(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			n = grand;
			continue;
		}
		if (n == (left ? parent->right : parent->left)) {
			rotate(root, parent, left, update);
			n = parent;
			parent = parent_of(n);
		}
		set_black(parent);
		set_red(grand);
		rotate(root, grand, !left, update);
	}
	set_black(root->top);
}

void tree_insert_raw(struct tree_root *root, struct tree_node *n, struct tree_node *parent, struct tree_node **link,
		     tree_update_fn update)
{
	n->left = n->right = NULL;
	n->parent_colour = (uintptr_t)parent;
	*link = n;
	if (update)
		tree_update_upward(n, update);
	insert_repair(root, n, update);
}

/* The ways through `n` (maybe missing, below `parent`) have one black node too few. */
static void remove_repair(struct tree_root *root, struct tree_node *n, struct tree_node *parent, tree_update_fn update)
{
	struct tree_node *sibling, *near, *far;

	while (n != root->top && is_black(n)) {
		invariant(parent);		/* only the top has none */
		bool left = parent->left == n;

		sibling = left ? parent->right : parent->left;
		if (!is_black(sibling)) {
			set_black(sibling);
			set_red(parent);
			rotate(root, parent, left, update);
			sibling = left ? parent->right : parent->left;
		}
		near = left ? sibling->left : sibling->right;
		far = left ? sibling->right : sibling->left;
		if (is_black(near) && is_black(far)) {
			set_red(sibling);
			n = parent;
			parent = parent_of(n);
			continue;
		}
		if (is_black(far)) {
			set_black(near);
			set_red(sibling);
			rotate(root, sibling, !left, update);
			far = sibling;
			sibling = near;
		}
		sibling->parent_colour = (sibling->parent_colour & ~BLACK) | (parent->parent_colour & BLACK);
		set_black(parent);
		set_black(far);
		rotate(root, parent, left, update);
		n = root->top;
	}
	if (n)
		set_black(n);
}

void tree_remove_raw(struct tree_root *root, struct tree_node *n, tree_update_fn update)
{
	struct tree_node *moved = n, *child, *hole_parent;
	bool lost_black;

	if (n->left && n->right)
		for (moved = n->right; moved->left;)
			moved = moved->left;
	child = moved->left ? moved->left : moved->right;
	lost_black = is_black(moved);
	hole_parent = parent_of(moved);
	replace_child(root, moved, child);
	if (moved != n) {
		if (hole_parent == n)
			hole_parent = moved;
		moved->left = n->left;
		moved->right = n->right;
		replace_child(root, n, moved);
		moved->parent_colour = n->parent_colour;
		if (moved->left)
			set_parent(moved->left, moved);
		if (moved->right)
			set_parent(moved->right, moved);
	}
	if (update && hole_parent)
		tree_update_upward(hole_parent, update);
	if (lost_black && root->top)
		remove_repair(root, child, hole_parent, update);
	n->left = n->right = NULL;
	n->parent_colour = 0;
}

struct tree_node *tree_first_raw(const struct tree_root *root)
{
	struct tree_node *n = root->top;

	while (n && n->left)
		n = n->left;
	return n;
}

struct tree_node *tree_last_raw(const struct tree_root *root)
{
	struct tree_node *n = root->top;

	while (n && n->right)
		n = n->right;
	return n;
}

struct tree_node *tree_next_raw(const struct tree_node *n)
{
	struct tree_node *up;

	if (n->right) {
		for (n = n->right; n->left;)
			n = n->left;
		return (struct tree_node *)n;
	}
	while ((up = parent_of(n)) && up->right == n)
		n = up;
	return up;
}

struct tree_node *tree_prev_raw(const struct tree_node *n)
{
	struct tree_node *up;

	if (n->left) {
		for (n = n->left; n->right;)
			n = n->right;
		return (struct tree_node *)n;
	}
	while ((up = parent_of(n)) && up->left == n)
		n = up;
	return up;
}
