/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where RAM is: made once at start from the firmware's map. struct pages form one array over all
 * frame numbers; its part for holes in the map is not used as such but given to the allocator like
 * other RAM. From then on the file only shows chunks of RAM to the buddy allocator, under the lock
 * of all_frames.
 */
#include <murre/log.h>
#include <murre/start.h>
#include <murre/string.h>
#include "frames.h"
#include "watch.h"

struct page *page_array;
guarded(frames) all_frames;
unsigned frames_kept_per_cpu;

/* With less than this a shell's files hardly fit into memory. */
#define FRAMES_COMFORTABLE (6ul << (20 - PAGE_SHIFT))

static struct frame_range ram[BOOT_RANGES_MAX];	/* read-only after start */
static unsigned ram_count;

static void find_ram(uint64_t limit);
static void find_free(struct frames *f);
static void place_array(struct frames *f);
static void keep_out(struct frames *f, uint64_t start, uint64_t end);
static void keep_out_array(struct frames *f, uint64_t array_frame, uint64_t first);
static uint64_t place_for(const struct frames *f, uint64_t frames);
static bool chunk_has_ram(uint64_t chunk);

START_TASK(page_start, needs())
{
	const char *mem = cmdline_value("mem"), *end;
	hold(frames, token, &all_frames);
	struct frames *f = in(token);

	if (page_array)
		return;
	find_ram(mem ? string_to_size(mem, &end) >> PAGE_SHIFT : UINT64_MAX);
	find_free(f);
	buddy_init(&f->buddy);
	place_array(f);
	for (unsigned i = 0; i < f->range_count; i++)
		f->unseen += f->ranges[i].end - f->ranges[i].start;
	f->total = f->unseen;
	frames_kept_per_cpu = min(max(f->total / 64, 32ul), 256ul);
	if (f->total < FRAMES_COMFORTABLE)
		log_warn("memory: only %lu KiB: programs may not find enough",
			 (unsigned long)f->total << (PAGE_SHIFT - 10));
}

bool frames_show_next(frames_locked f)
{
	struct frames *all = in(f);

	for (; all->next_chunk < all->chunk_limit; all->next_chunk++) {
		uint64_t chunk = all->next_chunk;

		if (all->chunk_seen[chunk / 8] >> chunk % 8 & 1 || !chunk_has_ram(chunk))
			continue;
		frames_show(f, chunk * CHUNK_FRAMES);
		return true;
	}
	return false;
}

void frames_show(frames_locked f, uint64_t pfn)
{
	struct frames *all = in(f);
	uint64_t chunk = pfn / CHUNK_FRAMES, first = chunk * CHUNK_FRAMES;
	char *pages = (char *)page_of_frame((pfn_t){ first });

	if (all->chunk_seen[chunk / 8] >> chunk % 8 & 1)
		return;
	all->chunk_seen[chunk / 8] |= 1u << chunk % 8;
	for (size_t i = 0; i < CHUNK_FRAMES * sizeof(struct page); i += PAGE_SIZE)
		arch_page_clear(pages + i);
	for (unsigned i = 0; i < all->range_count; i++) {
		uint64_t start = max(all->ranges[i].start, first);
		uint64_t end = min(all->ranges[i].end, first + CHUNK_FRAMES);

		if (start >= end)
			continue;
		all->unseen -= end - start;
		page_watch_shown(start, end);
		buddy_put_range(&all->buddy, start, end);
	}
}

bool frames_has(uint64_t pfn)
{
	for (unsigned i = 0; i < ram_count; i++)
		if (pfn >= ram[i].start && pfn < ram[i].end)
			return true;
	return false;
}

bool frames_is_boot_time(frames_locked f, uint64_t pfn)
{
	struct page *p = page_of_frame((pfn_t){ pfn });

	if (!frames_has(pfn))
		return false;
	for (unsigned i = 0; i < in(f)->range_count; i++)
		if (pfn >= in(f)->ranges[i].start && pfn < in(f)->ranges[i].end)
			return false;
	frames_show(f, pfn);
	return p->kind == PAGE_RESERVED && refcount_read(&p->refs) == 0;
}

/* The chunk where RAM begins, as a frame. */
static uint64_t ram_begin(void)
{
	for (unsigned i = 0; i < boot_info->range_count; i++)
		if (boot_info->ranges[i].kind == MEMORY_RAM)
			return align_down(boot_info->ranges[i].start.raw >> PAGE_SHIFT, CHUNK_FRAMES);
	return 0;
}

/* Copies the RAM ranges of the firmware's map, up to `limit` frames from where RAM begins. */
static void find_ram(uint64_t limit)
{
	uint64_t begin = ram_begin(), top = limit < UINT64_MAX - begin ? begin + limit : UINT64_MAX;

	for (unsigned i = 0; i < boot_info->range_count; i++) {
		const struct memory_range *r = &boot_info->ranges[i];
		uint64_t start = r->start.raw >> PAGE_SHIFT;
		uint64_t end = min((r->start.raw + r->bytes) >> PAGE_SHIFT, top);

		if (r->kind == MEMORY_RAM && start < end)
			ram[ram_count++] = (struct frame_range){ start, end };
	}
}

static void find_free(struct frames *f)
{
	uint64_t archive = boot_info->initrd_start.raw;

	memcpy(f->ranges, ram, ram_count * sizeof(*ram));
	f->range_count = ram_count;
	keep_out(f, 0, 1);
	keep_out(f, boot_info->kernel_start.raw >> PAGE_SHIFT,
		 pages_for(boot_info->kernel_end.raw));
	if (boot_info->initrd_bytes)
		keep_out(f, archive >> PAGE_SHIFT, pages_for(archive + boot_info->initrd_bytes));
}

/*
 * The array of struct pages reaches from the first chunk with RAM (page_array points to where frame 0 would be) to the last
 * frame, and the bit per chunk follows it. Should the map be so sparse that no range takes it, the machine goes without its
 * highest RAM.
 */
static void place_array(struct frames *f)
{
	uint64_t first = ram[0].start / CHUNK_FRAMES;
	uint64_t chunks = 0, array_frames = 0, bits_frames = 0, place = 0;

	for (; ram_count > 0; ram_count--) {
		chunks = (ram[ram_count - 1].end + CHUNK_FRAMES - 1) / CHUNK_FRAMES;
		array_frames = (chunks - first) * (CHUNK_FRAMES * sizeof(struct page) >> PAGE_SHIFT);
		bits_frames = pages_for(chunks / 8 + 1);
		place = place_for(f, array_frames + bits_frames);
		if (place)
			break;
		log_warn("memory: no room to describe RAM above %llu MiB, left out",
			 (unsigned long long)(ram[ram_count - 1].start >> (20 - PAGE_SHIFT)));
		keep_out(f, ram[ram_count - 1].start, ram[ram_count - 1].end);
	}
	if (ram_count == 0)
		panic("too little memory: no room for the kernel's own tables");
	f->chunk_limit = chunks;
	page_array = (struct page *)phys_to_virt(paddr(place << PAGE_SHIFT)) - first * CHUNK_FRAMES;
	f->chunk_seen = phys_to_virt(paddr((place + array_frames) << PAGE_SHIFT));
	memset(f->chunk_seen, 0, chunks / 8 + 1);
	keep_out(f, place + array_frames, place + array_frames + bits_frames);
	keep_out_array(f, place, first);
}

/* Keeps those parts of the array that describe RAM; the rest stays free. */
static void keep_out_array(struct frames *f, uint64_t array_frame, uint64_t first)
{
	const uint64_t frames = CHUNK_FRAMES * sizeof(struct page) >> PAGE_SHIFT;

	for (unsigned i = 0; i < ram_count; i++)
		keep_out(f, array_frame + (ram[i].start / CHUNK_FRAMES - first) * frames,
			 array_frame + ((ram[i].end + CHUNK_FRAMES - 1) / CHUNK_FRAMES - first) * frames);
}

/* The lowest frame above the first MiB (firmware's playground) where so many free frames follow; 0:
 * nowhere. */
static uint64_t place_for(const struct frames *f, uint64_t frames)
{
	for (unsigned i = 0; i < f->range_count; i++) {
		uint64_t start = max(f->ranges[i].start, 256ul);

		if (f->ranges[i].end > start && f->ranges[i].end - start >= frames)
			return start;
	}
	return 0;
}

/* Takes [start, end) out of the free ranges. */
static void keep_out(struct frames *f, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < f->range_count; i++) {
		struct frame_range *r = &f->ranges[i], old = *r;

		if (end <= old.start || start >= old.end)
			continue;
		if (start > old.start && end < old.end) {
			if (f->range_count == FRAME_RANGES_MAX) {
				r->end = start;
				continue;
			}
			memmove(r + 1, r, (f->range_count - i) * sizeof(*r));
			f->range_count++;
			r[0].end = start;
			r[1].start = end;
			i++;
		} else if (start > old.start) {
			r->end = start;
		} else {
			r->start = min(end, old.end);
		}
	}
}

static bool chunk_has_ram(uint64_t chunk)
{
	for (unsigned i = 0; i < ram_count; i++)
		if (chunk >= ram[i].start / CHUNK_FRAMES && chunk * CHUNK_FRAMES < ram[i].end)
			return true;
	return false;
}
