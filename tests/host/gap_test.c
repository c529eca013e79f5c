/* SPDX-License-Identifier: GPL-2.0-only */
/* mm/gap.c against a search of every page: mappings come and go at random, places are looked for from both ends. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mm/gap.c>

enum { VMAS = 60, ROUNDS = 30000 };
#define P PAGE_SIZE
#define SPACE_PAGES 4000ul
static struct vm_space space;
static vm_space_locked locked;
static struct vma vmas[VMAS], *live[VMAS];
static unsigned live_count;
static uint64_t seed = 88172645463325252ull;

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

struct vma *vma_above(vm_space_locked l, uintptr_t va)
{
	struct vma *best = NULL;

	for (unsigned i = 0; i < live_count; i++)
		if (live[i]->end > va && (!best || live[i]->start < best->start))
			best = live[i];
	return best;
}

/* Is every byte free, and kept free by no stack that comes next? */
static bool is_free(uintptr_t start, uintptr_t end)
{
	struct vma *next = vma_above(locked, start);

	return !next || end <= vma_low(next);
}

static void add(void)
{
	struct vma *v = NULL;
	uintptr_t start = roll(SPACE_PAGES) * P, end = start + (1 + roll(40)) * P;

	for (unsigned i = 0; i < VMAS && !v; i++)
		if (!vma_tree_linked(&vmas[i]) && vmas[i].end == 0)
			v = &vmas[i];
	for (unsigned i = 0; i < live_count; i++)
		if (start < live[i]->end && end > live[i]->start)
			return;
	if (!v)
		return;
	*v = (struct vma){ .start = start, .end = end, .flags = roll(10) ? 0 : VM_GROWS_DOWN };
	gap_insert(locked, v, vma_above(locked, start));
	live[live_count++] = v;
}

static void take_away(void)
{
	unsigned i = roll(live_count);
	struct vma *v = live[i];

	gap_remove(locked, v);
	v->end = 0;
	live[i] = live[--live_count];
}

/* Moves an end of a mapping into it. */
static void cut(void)
{
	struct vma *v = live[roll(live_count)], *next = vma_tree_next(v);

	if (v->end - v->start < 2 * P)
		return;
	if (roll(2)) {
		v->start += P;
		gap_refresh(v);
	} else {
		v->end -= P;
		if (next)
			gap_refresh(next);
	}
}

static void check_gaps(void)
{
	uintptr_t end = 0;

	tree_each(vma, v, &peek(&space.layout)->vmas) {
		assert(v->start >= end);
		assert(v->gap == (vma_low(v) > end ? vma_low(v) - end : 0));
		end = v->end;
	}
}

static void check_search(void)
{
	size_t bytes = (1 + roll(200)) * P;
	uintptr_t low = (1 + roll(SPACE_PAGES / 2)) * P, high = low + roll(SPACE_PAGES) * P;
	uintptr_t first = 0, last = 0;
	struct vma *next;

	for (uintptr_t at = low; at + bytes <= high; at += P)
		if (is_free(at, at + bytes)) {
			first = first ? first : at;
			last = at;
		}
	assert(gap_find_top(locked, bytes, low, high, &next) == last);
	assert(!last || next == vma_above(locked, last));
	assert(gap_find_bottom(locked, bytes, low, high) == first);
}

int main(void)
{
	guarded(vm_space) *layout = &space.layout;

	memcpy(&locked, &layout, sizeof(layout));
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned what = roll(4);

		if (what < 2 || live_count == 0)
			add();
		else if (what == 2)
			take_away();
		else
			cut();
		check_gaps();
		if (i % 8 == 0)
			check_search();
	}
	puts("gap: ok");
	return 0;
}
