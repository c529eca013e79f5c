/* SPDX-License-Identifier: GPL-2.0-only */
/* Red-black trees: order, balance and the subtree figure hold after every one of many random insertions and removals. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <murre/base/tree.h>

struct item {
	struct tree_node node;
	unsigned key;
	unsigned least;			/* smallest key of the subtree */
};

static bool item_less(const struct item *a, const struct item *b) { return a->key < b->key; }
static void item_update(struct tree_node *n);
DEFINE_TREE_AUGMENTED(item, struct item, node, item_less, item_update)

static void item_update(struct tree_node *n)
{
	struct item *e = item_tree_of(n), *l = item_tree_left(e), *r = item_tree_right(e);

	e->least = e->key;
	if (l && l->least < e->least)
		e->least = l->least;
	if (r && r->least < e->least)
		e->least = r->least;
}

/* Returns the number of black nodes on each way down; checks everything on the way. */
static int check(struct item *e)
{
	if (!e)
		return 1;
	struct item *l = item_tree_left(e), *r = item_tree_right(e);
	int bl = check(l), br = check(r);
	bool red = !(e->node.parent_colour & 1);

	assert(bl == br);
	assert(!l || (l->key <= e->key && tree_parent_raw(&l->node) == &e->node));
	assert(!r || (r->key >= e->key && tree_parent_raw(&r->node) == &e->node));
	if (red)
		assert((!l || (l->node.parent_colour & 1)) && (!r || (r->node.parent_colour & 1)));
	unsigned least = e->key;
	least = l && l->least < least ? l->least : least;
	least = r && r->least < least ? r->least : least;
	assert(e->least == least);
	return bl + !red;
}

enum { ITEMS = 300, STEPS = 20000 };

int main(void)
{
	static struct item items[ITEMS];
	struct item_tree tree = {};
	unsigned held = 0;

	srand(1);
	for (int step = 0; step < STEPS; step++) {
		struct item *e = &items[rand() % ITEMS];

		if (item_tree_linked(e)) {
			item_tree_remove(&tree, e);
			held--;
		} else {
			e->key = rand() % 1000;
			item_tree_insert(&tree, e);
			held++;
		}
		check(item_tree_top(&tree));
		unsigned seen = 0, last = 0;
		tree_each(item, i, &tree) {
			assert(i->key >= last);
			last = i->key;
			seen++;
		}
		assert(seen == held);
	}
	puts("tree: ok");
	return 0;
}
