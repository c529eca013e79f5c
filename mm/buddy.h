/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buddy allocator: free blocks of 2^order frames on one list per order. Two free buddies of one
 * order merge. No lock and no idea of where the frames are: mm/frames.c holds both. Private to mm/.
 */
#pragma once
#include <murre/page.h>

DEFINE_LIST(block, struct page, link)

struct buddy {
	struct block_list free[PAGE_ORDER_MAX + 1];
	unsigned nonempty;		/* bit per order whose list has blocks */
	uint64_t free_frames;
};

void buddy_init(struct buddy *b);
/* Gives a block back. Its frames and those of its aligned 4 MiB neighbourhood have initialised
 * struct pages. */
void buddy_put(struct buddy *b, uint64_t pfn, unsigned order);
/* Gives back [start, end) as the largest blocks that alignment allows. */
void buddy_put_range(struct buddy *b, uint64_t start, uint64_t end);
/* The first page of a block of exactly this order, NULL when there is none of it or larger. */
struct page *buddy_take(struct buddy *b, unsigned order);
/* A block of any order up to `order`, the smallest there is, so that large blocks stay whole. Its
 * order in ->order. */
struct page *buddy_take_upto(struct buddy *b, unsigned order);
