/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/radix.c against a plain array of pairs: every operation, at random, with nodes that run out. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/radix.h>

enum { PAIRS = 600, ROUNDS = 200000 };
static struct { uint64_t index; void *entry; } pairs[PAIRS];
static unsigned pair_count, nodes_live, nodes_until_failure = ~0u;
static uint64_t seed = 88172645463325252ull;

static struct radix_node *node_take(void)
{
	if (nodes_until_failure == 0)
		return NULL;
	nodes_until_failure--;
	nodes_live++;
	return calloc(1, sizeof(struct radix_node));
}

static void node_put(struct radix_node *n)
{
	nodes_live--;
	free(n);
}

static const struct radix_node_source source = { node_take, node_put, node_put };

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Small numbers, huge ones and neighbours of what is there. */
static uint64_t some_index(void)
{
	switch (roll(5)) {
	case 0: return roll(80);
	case 1: return roll(5000);
	case 2: return UINT64_MAX - roll(70);
	case 3: return pair_count ? pairs[roll(pair_count)].index + roll(3) - 1 : 0;
	default: return roll(UINT64_MAX) >> roll(64);
	}
}

static int find(uint64_t index)
{
	for (unsigned i = 0; i < pair_count; i++)
		if (pairs[i].index == index)
			return i;
	return -1;
}

static void *expected_next(uint64_t *index)
{
	int best = -1;

	for (unsigned i = 0; i < pair_count; i++)
		if (pairs[i].index >= *index && (best < 0 || pairs[i].index < pairs[best].index))
			best = i;
	if (best < 0)
		return NULL;
	*index = pairs[best].index;
	return pairs[best].entry;
}

static uint64_t expected_hole(uint64_t index)
{
	while (find(index) >= 0)
		if (++index == 0)
			return 0;
	return index;
}

static void put(struct radix *r, uint64_t index, void *p)
{
	unsigned before = nodes_live;
	int err;

	nodes_until_failure = roll(8) == 0 ? roll(4) : ~0u;
	err = error_of(radix_put(r, index, p));
	nodes_until_failure = ~0u;
	if (find(index) >= 0) {
		assert(err == EEXIST && nodes_live == before);
		return;
	}
	assert(err == 0 || (err == ENOMEM && nodes_live == before));
	assert(radix_get(r, index) == (err ? NULL : p));
	if (err == 0) {
		pairs[pair_count].index = index;
		pairs[pair_count++].entry = p;
	}
}

/* A range all at once: with a stock no put fails, whatever the tree is like. */
static void put_stocked(struct radix *r, uint64_t first, unsigned count, void *p)
{
	struct radix_stock stock = {};

	if (first > UINT64_MAX - count || pair_count + count > PAIRS)
		return;
	assert(error_of(radix_stock_fill(&stock, first, first + count - 1)) == 0);
	nodes_until_failure = 0;
	for (uint64_t index = first; index < first + count; index++) {
		int err = error_of(radix_put_stocked(r, index, p, &stock));

		assert(err == (find(index) >= 0 ? EEXIST : 0));
		if (err)
			continue;
		pairs[pair_count].index = index;
		pairs[pair_count++].entry = p;
	}
	nodes_until_failure = ~0u;
	radix_stock_end(&stock);
	assert(!stock.top);
}

static void take(struct radix *r, uint64_t index)
{
	int i = find(index);

	assert(radix_take(r, index) == (i < 0 ? NULL : pairs[i].entry));
	assert(radix_get(r, index) == NULL);
	if (i >= 0)
		pairs[i] = pairs[--pair_count];
}

static void look(struct radix *r, uint64_t index)
{
	uint64_t a = index, b = index;
	void *run[100], *next;
	int i = find(index);

	assert(radix_get(r, index) == (i < 0 ? NULL : pairs[i].entry));
	next = radix_next(r, &a);
	assert(next == expected_next(&b) && (!next || a == b));
	assert(radix_next_hole(r, index) == expected_hole(index));
	if (index > UINT64_MAX - 100)
		return;
	radix_get_run(r, index, 100, run);
	for (unsigned k = 0; k < 100; k++) {
		i = find(index + k);
		assert(run[k] == (i < 0 ? NULL : pairs[i].entry));
	}
}

static void one_entry_needs_no_node(void)
{
	struct radix r = {};
	int x, y;

	assert(error_of(radix_put(&r, 0, &x)) == 0 && nodes_live == 0);
	assert(radix_replace(&r, 0, &y) == &x && radix_get(&r, 0) == &y);
	assert(error_of(radix_put(&r, 63, &x)) == 0 && nodes_live == 1);
	assert(error_of(radix_put(&r, 64, &x)) == 0 && nodes_live == 3);
	assert(radix_replace(&r, 64, &y) == &x);
	assert(radix_take(&r, 64) == &y && nodes_live == 1);
	assert(radix_take(&r, 63) == &x && nodes_live == 0);
	assert(radix_take(&r, 0) == &y && radix_empty(&r));
}

int main(void)
{
	struct radix r = {};
	static int entries[64];

	radix_node_source = &source;
	one_entry_needs_no_node();
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t index = some_index();

		if (roll(50) == 0)
			put_stocked(&r, some_index(), roll(150) + 1, &entries[roll(64)]);
		else if (pair_count < PAIRS && roll(5) < 3)
			put(&r, index, &entries[roll(64)]);
		else
			take(&r, pair_count && roll(4) ? pairs[roll(pair_count)].index : index);
		if (i % 16 == 0)
			look(&r, some_index());
		if (i % 5000 == 4999)
			while (pair_count)
				take(&r, pairs[0].index);
	}
	while (pair_count)
		take(&r, pairs[0].index);
	assert(radix_empty(&r) && nodes_live == 0);
	puts("radix: ok");
	return 0;
}
