/* SPDX-License-Identifier: GPL-2.0-only */
/* All frames of the machine: the buddy allocator, its lock, and RAM that it has not been shown yet.
 * Private to mm/. */
#pragma once
#include <murre/lock.h>
#include <arch/boot.h>
#include "buddy.h"

struct frame_range { uint64_t start, end; };	/* frame numbers */

/* RAM is shown to the buddy allocator in chunks of its largest block, when it runs out: a chunk's
 * struct pages are not even cleared before that, which keeps the start of a large machine short. */
#define CHUNK_FRAMES (1ul << PAGE_ORDER_MAX)
#define FRAME_RANGES_MAX (2 * BOOT_RANGES_MAX)

struct frames {
	struct buddy buddy;
	struct frame_range ranges[FRAME_RANGES_MAX];	/* free at start, ascending */
	unsigned range_count;
	uint64_t unseen;		/* free frames in chunks not shown yet */
	uint64_t next_chunk;		/* no chunk below has to be shown */
	uint64_t chunk_limit;
	uint8_t *chunk_seen;		/* bit per chunk */
	uint64_t total;
};
DEFINE_GUARDED_IRQ(frames, struct frames, RANK_PAGES)
extern guarded(frames) all_frames;
extern unsigned frames_kept_per_cpu;	/* single frames on a CPU's list, at most */

/* Shows the next chunk to the buddy allocator; false when there is none left. */
bool frames_show_next(frames_locked f);
/* Makes the struct pages of the chunk that holds pfn valid. */
void frames_show(frames_locked f, uint64_t pfn);
/* Is the frame one of RAM that has a struct page? */
bool frames_has(uint64_t pfn);
/* RAM that was in use when the kernel started and has not been handed to the allocator since? Shows
 * its chunk. */
bool frames_is_boot_time(frames_locked f, uint64_t pfn);

static inline uint64_t frames_free(frames_locked f) { return in(f)->buddy.free_frames + in(f)->unseen; }
