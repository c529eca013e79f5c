/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sparse array from a 64-bit index to a pointer: a radix tree of 64-entry nodes, as deep as its
 * largest index needs; one entry at index 0 needs no node at all. No locking of its own for
 * writers; readers may run beside one writer under hold_rcu. Zeroed = empty. Pointers stored are at
 * least 2-aligned.
 */
#pragma once
#include <murre/base/result.h>

#define RADIX_BITS 6u
#define RADIX_SLOTS (1u << RADIX_BITS)

struct radix_node {
	uint8_t shift;			/* bits of the index below this node's */
	uint8_t count;			/* slots in use */
	void *slots[RADIX_SLOTS];	/* nodes, or entries where shift is 0 */
	void *reclaim[2];		/* room for whoever frees nodes late */
};
struct radix { uintptr_t top; };	/* 0: empty; even: the entry at index 0; odd: a node + 1 */

/* Where nodes come from: registered once, before the first radix_put. `take` gives a zeroed node or
 * NULL; `put` frees one that no reader can see; `retire` one that readers may still be looking at. */
struct radix_node_source {
	struct radix_node *(*take)(void);
	void (*put)(struct radix_node *n);
	void (*retire)(struct radix_node *n);
};
extern const struct radix_node_source *radix_node_source;

/* NULL: nothing there. */
void *radix_get(const struct radix *r, uint64_t index);
/* Fills out[0..n) with the entries at index.. (NULL: nothing there). */
void radix_get_run(const struct radix *r, uint64_t index, unsigned n, void **out);
/* Stores p (not NULL), the old pointer must be NULL (EEXIST). ENOMEM. */
result(unit) radix_put(struct radix *r, uint64_t index, void *p);
/* Nodes set aside, so that puts cannot fail for want of one. */
struct radix_stock { struct radix_node *top; };		/* linked by slots[0] */
/* Sets aside what puts at all of first..last can need, whatever the tree is like by then. ENOMEM: what there is stays. */
result(unit) radix_stock_fill(struct radix_stock *s, uint64_t first, uint64_t last);
/* Frees what is left. */
void radix_stock_end(struct radix_stock *s);
/* radix_put with nodes from the stock. EEXIST. */
result(unit) radix_put_stocked(struct radix *r, uint64_t index, void *p, struct radix_stock *s);
/* Puts p in place of the entry at index, which is there, and returns the old one. */
void *radix_replace(struct radix *r, uint64_t index, void *p);
/* Takes out and returns what was there, NULL if nothing; frees empty nodes. */
void *radix_take(struct radix *r, uint64_t index);
/* First entry with index >= *index: the pointer, *index set; NULL: none. */
void *radix_next(const struct radix *r, uint64_t *index);
/* First index >= index that holds nothing; may be UINT64_MAX's successor (0) when full. */
uint64_t radix_next_hole(const struct radix *r, uint64_t index);
static inline bool radix_empty(const struct radix *r) { return r->top == 0; }
