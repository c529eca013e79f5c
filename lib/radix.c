/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Radix trees (murre/radix.h). A writer builds what it adds aside and publishes it with one store,
 * and retires what it takes out, so that a reader that started earlier sees either the old or the
 * new tree. Nodes hold at least one entry; the top is never a node whose only entry could stand one
 * level higher.
 */
#include <murre/radix.h>

const struct radix_node_source *radix_node_source;

static inline bool is_node(uintptr_t top) { return top & 1; }
static inline struct radix_node *node_of(uintptr_t top) { return (struct radix_node *)(top - 1); }
static inline uintptr_t top_of(struct radix_node *n) { return (uintptr_t)n + 1; }
static inline unsigned slot_of(uint64_t index, unsigned shift)
{
	return index >> shift & (RADIX_SLOTS - 1);
}
static inline void publish(void *slot, void *p)
{
	__atomic_store_n((void **)slot, p, __ATOMIC_RELEASE);
}
static inline void *load(void *const *slot) { return __atomic_load_n(slot, __ATOMIC_CONSUME); }

static struct radix_node *node_new(struct radix_stock *s);
static result(unit) grow(struct radix *r, uint64_t index, struct radix_stock *s);
static result(unit) add_below(struct radix_node *n, uint64_t index, void *p, struct radix_stock *s);
static struct radix_node *chain_new(uint64_t index, unsigned shift, void *p, struct radix_stock *s);
static void *take_below(struct radix_node *n, uint64_t index);
static void shrink(struct radix *r);
static void *next_below(const struct radix_node *n, uint64_t base, uint64_t *index);
static bool hole_below(const struct radix_node *n, uint64_t base, uint64_t *index);

/* Does the node cover index? */
static inline bool covers(const struct radix_node *n, uint64_t index)
{
	unsigned top_bit = n->shift + RADIX_BITS;

	return top_bit >= 64 || index >> top_bit == 0;
}

/* The lowest node that would hold index, NULL when there is none; then *entry is what index 0 holds
 * without a node. */
static always_inline struct radix_node *leaf_of(const struct radix *r, uint64_t index, void **entry)
{
	uintptr_t top = __atomic_load_n(&r->top, __ATOMIC_CONSUME);
	struct radix_node *n;

	*entry = NULL;
	if (!is_node(top)) {
		if (index == 0)
			*entry = (void *)top;
		return NULL;
	}
	n = node_of(top);
	if (!covers(n, index))
		return NULL;
	while (n && n->shift)
		n = load(&n->slots[slot_of(index, n->shift)]);
	return n;
}

static inline void slots_read(void **out, void *const *slots, unsigned n)
{
	for (void **end = out + n; out < end; out++, slots++)
		*out = load(slots);
}

void *radix_get(const struct radix *r, uint64_t index)
{
	void *entry;
	struct radix_node *leaf = leaf_of(r, index, &entry);

	return leaf ? load(&leaf->slots[slot_of(index, 0)]) : entry;
}

void radix_get_run(const struct radix *r, uint64_t index, unsigned n, void **out)
{
	while (n > 0) {
		void *entry;
		struct radix_node *leaf = leaf_of(r, index, &entry);
		unsigned first = slot_of(index, 0), run = min(n, RADIX_SLOTS - first);

		if (likely(leaf))
			slots_read(out, &leaf->slots[first], run);
		else
			for (unsigned i = 0; i < run; i++)
				out[i] = i == 0 ? entry : NULL;
		out += run;
		index += run;
		n -= run;
	}
}

result(unit) radix_put(struct radix *r, uint64_t index, void *p)
{
	return radix_put_stocked(r, index, p, NULL);
}

/* Nodes from the stock; NULL: from where they all come from. */
result(unit) radix_put_stocked(struct radix *r, uint64_t index, void *p, struct radix_stock *s)
{
	RETURNS(unit);
	if (radix_get(r, index))
		return FAIL(EEXIST);
	if (r->top == 0 && index == 0) {
		__atomic_store_n(&r->top, (uintptr_t)p, __ATOMIC_RELEASE);
		return DONE;
	}
	if (r->top == 0) {
		struct radix_node *n = chain_new(
			index, RADIX_BITS * ((63 - __builtin_clzll(index)) / RADIX_BITS), p, s);

		if (!n)
			return FAIL(ENOMEM);
		__atomic_store_n(&r->top, top_of(n), __ATOMIC_RELEASE);
		return DONE;
	}
	int err = error_of(grow(r, index, s));

	if (!err)
		err = error_of(add_below(node_of(r->top), index, p, s));
	/* What was grown for it in vain. */
	if (err)
		shrink(r);
	return unit_result(err);
}

/* One node of each level for each part of the range, and one of each level to grow. */
result(unit) radix_stock_fill(struct radix_stock *s, uint64_t first, uint64_t last)
{
	RETURNS(unit);
	for (unsigned shift = RADIX_BITS; shift < 64 + RADIX_BITS; shift += RADIX_BITS) {
		uint64_t parts = shift < 64 ? (last >> shift) - (first >> shift) + 1 : 1;

		for (uint64_t i = 0; i < parts + 1; i++) {
			struct radix_node *n = radix_node_source->take();

			if (!n)
				return FAIL(ENOMEM);
			n->slots[0] = s->top;
			s->top = n;
		}
	}
	return DONE;
}

void radix_stock_end(struct radix_stock *s)
{
	while (s->top)
		radix_node_source->put(node_new(s));
}

void *radix_replace(struct radix *r, uint64_t index, void *p)
{
	void *old;
	struct radix_node *leaf = leaf_of(r, index, &old);

	if (!leaf) {
		__atomic_store_n(&r->top, (uintptr_t)p, __ATOMIC_RELEASE);
		return old;
	}
	old = leaf->slots[slot_of(index, 0)];
	publish(&leaf->slots[slot_of(index, 0)], p);
	return old;
}

void *radix_take(struct radix *r, uint64_t index)
{
	void *p;

	if (!is_node(r->top)) {
		p = index == 0 ? (void *)r->top : NULL;
		if (p)
			__atomic_store_n(&r->top, 0, __ATOMIC_RELEASE);
		return p;
	}
	if (!covers(node_of(r->top), index))
		return NULL;
	p = take_below(node_of(r->top), index);
	if (p)
		shrink(r);
	return p;
}

void *radix_next(const struct radix *r, uint64_t *index)
{
	uintptr_t top = __atomic_load_n(&r->top, __ATOMIC_CONSUME);

	if (is_node(top))
		return covers(node_of(top), *index) ? next_below(node_of(top), 0, index) : NULL;
	return *index == 0 ? (void *)top : NULL;
}

uint64_t radix_next_hole(const struct radix *r, uint64_t index)
{
	uintptr_t top = __atomic_load_n(&r->top, __ATOMIC_CONSUME);

	if (!is_node(top))
		return index == 0 && top ? 1 : index;
	if (covers(node_of(top), index) && !hole_below(node_of(top), 0, &index)) {
		unsigned bits = node_of(top)->shift + RADIX_BITS;

		return bits >= 64 ? 0 : 1ull << bits;
	}
	return index;
}

static struct radix_node *node_new(struct radix_stock *s)
{
	struct radix_node *n;

	if (!s)
		return radix_node_source->take();
	n = s->top;
	if (n) {
		s->top = n->slots[0];
		n->slots[0] = NULL;
	}
	return n;
}

/* Puts nodes on top until the tree covers index; each holds the old top in its first slot. */
static result(unit) grow(struct radix *r, uint64_t index, struct radix_stock *s)
{
	RETURNS(unit);
	while (!is_node(r->top) || !covers(node_of(r->top), index)) {
		struct radix_node *n = node_new(s);

		if (!n)
			return FAIL(ENOMEM);
		n->count = 1;
		n->shift = is_node(r->top) ? node_of(r->top)->shift + RADIX_BITS : 0;
		n->slots[0] = is_node(r->top) ? node_of(r->top) : (void *)r->top;
		__atomic_store_n(&r->top, top_of(n), __ATOMIC_RELEASE);
	}
	return DONE;
}

static result(unit) add_below(struct radix_node *n, uint64_t index, void *p, struct radix_stock *s)
{
	RETURNS(unit);
	while (n->shift && n->slots[slot_of(index, n->shift)])
		n = n->slots[slot_of(index, n->shift)];
	if (n->shift) {
		p = chain_new(index, n->shift - RADIX_BITS, p, s);
		if (!p)
			return FAIL(ENOMEM);
	}
	n->count++;
	publish(&n->slots[slot_of(index, n->shift)], p);
	return DONE;
}

/* A path of nodes from `shift` down to p, seen by nobody yet; NULL: no memory. */
static struct radix_node *chain_new(uint64_t index, unsigned shift, void *p, struct radix_stock *stock)
{
	struct radix_node *below = NULL;

	for (unsigned s = 0; s <= shift; s += RADIX_BITS) {
		struct radix_node *n = node_new(stock);

		if (!n) {
			while (below && below->shift) {
				n = below->slots[slot_of(index, below->shift)];
				radix_node_source->put(below);
				below = n;
			}
			if (below)
				radix_node_source->put(below);
			return NULL;
		}
		n->shift = s;
		n->count = 1;
		n->slots[slot_of(index, s)] = s ? (void *)below : p;
		below = n;
	}
	return below;
}

/* Takes the entry out; nodes that became empty go, all but n itself. */
static void *take_below(struct radix_node *n, uint64_t index)
{
	struct radix_node *path[64 / RADIX_BITS + 1];
	unsigned depth = 0;
	void *p;

	for (; n && n->shift; n = n->slots[slot_of(index, n->shift)])
		path[depth++] = n;
	p = n ? n->slots[slot_of(index, 0)] : NULL;
	if (!p)
		return NULL;
	publish(&n->slots[slot_of(index, 0)], NULL);
	n->count--;
	while (n->count == 0 && depth > 0) {
		struct radix_node *above = path[--depth];

		publish(&above->slots[slot_of(index, above->shift)], NULL);
		above->count--;
		radix_node_source->retire(n);
		n = above;
	}
	return p;
}

/* Takes nodes off the top that hold nothing, or nothing but what their first slot leads to. */
static void shrink(struct radix *r)
{
	while (is_node(r->top)) {
		struct radix_node *n = node_of(r->top);
		uintptr_t lower;

		if (n->count > 1 || (n->count == 1 && !n->slots[0]))
			return;
		lower = n->count == 0 ? 0 : n->shift ? top_of(n->slots[0]) : (uintptr_t)n->slots[0];
		__atomic_store_n(&r->top, lower, __ATOMIC_RELEASE);
		radix_node_source->retire(n);
	}
}

/* The first entry of the subtree n, whose first index is base, at or after *index. */
static void *next_below(const struct radix_node *n, uint64_t base, uint64_t *index)
{
	for (unsigned i = *index > base ? slot_of(*index, n->shift) : 0; i < RADIX_SLOTS; i++) {
		void *below = load(&n->slots[i]);
		uint64_t first = base + ((uint64_t)i << n->shift);

		if (!below)
			continue;
		if (n->shift == 0) {
			*index = first;
			return below;
		}
		below = next_below(below, first, index);
		if (below)
			return below;
	}
	return NULL;
}

/* Moves *index to the first hole of the subtree at or after it; false: no hole. */
static bool hole_below(const struct radix_node *n, uint64_t base, uint64_t *index)
{
	unsigned slots = n->shift + RADIX_BITS > 64 ? 1u << (64 - n->shift) : RADIX_SLOTS;

	for (unsigned i = *index > base ? slot_of(*index, n->shift) : 0; i < slots; i++) {
		void *below = load(&n->slots[i]);
		uint64_t first = base + ((uint64_t)i << n->shift);

		if (!below) {
			*index = max(*index, first);
			return true;
		}
		if (n->shift && hole_below(below, first, index))
			return true;
	}
	return false;
}
