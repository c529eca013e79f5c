/* SPDX-License-Identifier: GPL-2.0-only */
/* mm/buddy.c: blocks handed out never overlap, are aligned, and all of them together give the whole range back. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mm/buddy.c>

enum { CHUNKS = 8, FRAMES = CHUNKS << PAGE_ORDER_MAX, BLOCKS = 4000, ROUNDS = 400000 };
struct page *page_array;
static struct buddy buddy;
static struct { uint64_t pfn; unsigned order; } blocks[BLOCKS];
static unsigned block_count;
static unsigned char taken[FRAMES];
static uint64_t seed = 88172645463325252ull;

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void take(void)
{
	unsigned order = roll(4) ? roll(3) : roll(PAGE_ORDER_MAX + 1);
	int upto = roll(4) == 0;
	struct page *p = upto ? buddy_take_upto(&buddy, order) : buddy_take(&buddy, order);
	uint64_t pfn = p - page_array;

	if (!p)
		return;
	assert(upto ? p->order <= order : p->order == order);
	order = p->order;
	assert(pfn % (1u << order) == 0 && pfn + (1u << order) <= FRAMES);
	for (unsigned i = 0; i < 1u << order; i++) {
		assert(!taken[pfn + i]);
		taken[pfn + i] = 1;
	}
	blocks[block_count].pfn = pfn;
	blocks[block_count++].order = order;
}

static void put(void)
{
	unsigned i = roll(block_count);

	memset(taken + blocks[i].pfn, 0, 1u << blocks[i].order);
	buddy_put(&buddy, blocks[i].pfn, blocks[i].order);
	blocks[i] = blocks[--block_count];
}

static uint64_t frames_taken(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FRAMES; i++)
		n += taken[i];
	return n;
}

int main(void)
{
	page_array = calloc(FRAMES, sizeof(*page_array));
	buddy_init(&buddy);
	assert(!buddy_take(&buddy, 0) && !buddy_take_upto(&buddy, 3));
	buddy_put_range(&buddy, 3, FRAMES - 5);
	memset(taken, 1, 3);
	memset(taken + FRAMES - 5, 1, 5);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (block_count < BLOCKS && roll(2))
			take();
		else if (block_count)
			put();
		if (i % 1000 == 0)
			assert(buddy.free_frames == FRAMES - frames_taken());
	}
	while (block_count)
		put();
	buddy_put_range(&buddy, 0, 3);
	buddy_put_range(&buddy, FRAMES - 5, FRAMES);
	for (unsigned i = 0; i < CHUNKS; i++)
		assert(buddy_take(&buddy, PAGE_ORDER_MAX));
	assert(buddy.free_frames == 0 && buddy.nonempty == 0);
	free(page_array);
	puts("buddy: ok");
	return 0;
}
