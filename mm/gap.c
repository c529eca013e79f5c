/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free places of an address space. Each mapping knows the usable free bytes before it (`gap`;
 * what grows down keeps VM_STACK_GAP of them) and the most of that in its subtree, so that
 * searching skips whole subtrees. Under the space's mutex.
 */
#include "space.h"

static struct vma *gap_before(struct vma *v, size_t bytes);
static struct vma *gap_after(struct vma *v, size_t bytes);
static struct vma *gap_last_in(struct vma *v, size_t bytes);
static struct vma *gap_first_in(struct vma *v, size_t bytes);
static inline bool has_gap(const struct vma *v, size_t bytes) { return v && v->gap_most >= bytes; }
static inline struct vma *parent_of(struct vma *v)
{
	return vma_tree_of(tree_parent_raw(&v->node));
}

void vma_gaps_update(struct tree_node *n)
{
	struct vma *v = vma_tree_of(n);
	uintptr_t most = v->gap;

	if (n->left)
		most = max(most, vma_tree_left(v)->gap_most);
	if (n->right)
		most = max(most, vma_tree_right(v)->gap_most);
	v->gap_most = most;
}

/* The place in the tree is known without a search: below the neighbour that has no child on that
 * side. The next mapping then stands above the new one, where the insertion refreshes what depends
 * on its gap. */
void gap_insert(vm_space_locked l, struct vma *v, struct vma *next)
{
	struct tree_root *root = &in(l)->vmas.root;
	struct vma *prev = next ? vma_tree_prev(next) : vma_tree_last(&in(l)->vmas);
	struct tree_node *parent = prev ? &prev->node : NULL,
			 **link = parent ? &parent->right : &root->top;

	if (next && !next->node.left) {
		parent = &next->node;
		link = &parent->left;
	}
	v->gap = gap_between(prev, v);
	if (next)
		next->gap = gap_between(v, next);
	tree_insert_raw(root, &v->node, parent, link, vma_gaps_update);
}

/* The next mapping either stands above v, or takes its place, or stays below it as a leaf. */
void gap_remove(vm_space_locked l, struct vma *v)
{
	struct vma *next = vma_tree_next(v);

	if (next) {
		next->gap = gap_between(vma_tree_prev(v), next);
		vma_gaps_update(&next->node);
	}
	vma_tree_remove(&in(l)->vmas, v);
}

void gap_refresh(struct vma *v)
{
	uintptr_t gap = gap_between(vma_tree_prev(v), v);

	if (gap == v->gap)
		return;
	v->gap = gap;
	tree_update_upward(&v->node, vma_gaps_update);
}

uintptr_t gap_find_top(vm_space_locked l, size_t bytes, uintptr_t low, uintptr_t high,
		       struct vma **next)
{
	struct vma *v = vma_above(l, high), *last = v ? NULL : vma_tree_last(&in(l)->vmas);
	uintptr_t top = v ? min(high, vma_low(v)) : high;
	uintptr_t bottom = v ? vma_low(v) - v->gap : last ? last->end : 0;

	for (;;) {
		bottom = max(bottom, low);
		if (top >= bottom && top - bottom >= bytes) {
			*next = v;
			return top - bytes;
		}
		if (v ? v->start <= low : top <= low)
			return 0;
		if (v)
			v = gap_before(v, bytes);
		else
			v = has_gap(vma_tree_top(&in(l)->vmas), bytes)
				    ? gap_last_in(vma_tree_top(&in(l)->vmas), bytes) : NULL;
		if (!v)
			return 0;
		top = min(high, vma_low(v));
		bottom = vma_low(v) - v->gap;
	}
}

uintptr_t gap_find_bottom(vm_space_locked l, size_t bytes, uintptr_t low, uintptr_t high)
{
	struct vma *v = vma_above(l, low), *last;
	uintptr_t start, end;

	for (; v; v = gap_after(v, bytes)) {
		start = max(low, vma_low(v) - v->gap);
		end = min(high, vma_low(v));
		if (end >= start && end - start >= bytes)
			return start;
		if (start >= high)
			return 0;
	}
	last = vma_tree_last(&in(l)->vmas);
	start = max(low, last ? last->end : 0);
	return high >= start && high - start >= bytes ? start : 0;
}

/* The nearest mapping before v, in address order, with a gap of so many bytes; NULL: none. */
static struct vma *gap_before(struct vma *v, size_t bytes)
{
	for (;;) {
		struct vma *child;

		if (has_gap(vma_tree_left(v), bytes))
			return gap_last_in(vma_tree_left(v), bytes);
		do {
			child = v;
			v = parent_of(v);
			if (!v)
				return NULL;
		} while (vma_tree_left(v) == child);
		if (v->gap >= bytes)
			return v;
	}
}

static struct vma *gap_after(struct vma *v, size_t bytes)
{
	for (;;) {
		struct vma *child;

		if (has_gap(vma_tree_right(v), bytes))
			return gap_first_in(vma_tree_right(v), bytes);
		do {
			child = v;
			v = parent_of(v);
			if (!v)
				return NULL;
		} while (vma_tree_right(v) == child);
		if (v->gap >= bytes)
			return v;
	}
}

/* The last, or first, mapping with such a gap in the subtree of v, which has one. */
static struct vma *gap_last_in(struct vma *v, size_t bytes)
{
	for (;;)
		if (has_gap(vma_tree_right(v), bytes))
			v = vma_tree_right(v);
		else if (v->gap >= bytes)
			return v;
		else
			v = vma_tree_left(v);
}

static struct vma *gap_first_in(struct vma *v, size_t bytes)
{
	for (;;)
		if (has_gap(vma_tree_left(v), bytes))
			v = vma_tree_left(v);
		else if (v->gap >= bytes)
			return v;
		else
			v = vma_tree_right(v);
}
