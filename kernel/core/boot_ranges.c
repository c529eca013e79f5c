/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map. Firmware tables come unsorted, with overlaps and odd ends; what leaves here is
 * sorted, without overlaps, page-aligned (RAM shrinks to whole pages, everything else grows) and
 * merged. Where two ranges overlap the kind that promises less wins.
 *
 * The frames that the kernel's page tables need before there is an allocator are taken from one
 * such range of RAM.
 */
#include <arch/mmu.h>
#include <murre/boot_ranges.h>
#include <murre/log.h>
#include <murre/string.h>

/* The physical address space ends here for us: what the direct map can hold. */
#define PHYSICAL_END (DIRECT_MAP_END - DIRECT_MAP_BASE)

/* As the firmware said; the cut map replaces it. */
start_data static struct memory_range raw[BOOT_RANGES_MAX];
start_data static unsigned raw_count;

/* Taken frames: [first, next) of the range that ends at `end`. */
start_data static uint64_t frames_first, frames_next, frames_end;

start_code void boot_range_add(struct boot_info *boot, uint64_t start, uint64_t bytes,
			       enum memory_kind kind)
{
	uint64_t end = bytes > PHYSICAL_END - min(start, PHYSICAL_END) ? PHYSICAL_END
								       : start + bytes;

	if (kind == MEMORY_RAM) {
		start = align_up(min(start, PHYSICAL_END), PAGE_SIZE);
		end = align_down(end, PAGE_SIZE);
	} else {
		start = align_down(min(start, PHYSICAL_END), PAGE_SIZE);
		end = align_up(end, PAGE_SIZE);
	}
	if (bytes == 0 || start >= end)
		return;
	if (raw_count == BOOT_RANGES_MAX) {
		log_warn("memory map: more than %d ranges; one of kind %d at %#lx left out",
			 BOOT_RANGES_MAX, kind, start);
		return;
	}
	raw[raw_count++] = (struct memory_range){ paddr(start), end - start, kind };
}

start_code static uint64_t end_of(const struct memory_range *r) { return r->start.raw + r->bytes; }

/* RAM only where everyone says so; else reserved before ACPI's kinds. */
start_code static int strength(enum memory_kind kind)
{
	switch (kind) {
	case MEMORY_RAM: return 0;
	case MEMORY_ACPI_RECLAIM: return 1;
	case MEMORY_ACPI_NVS: return 2;
	case MEMORY_RESERVED: break;
	}
	return 3;
}

/* The strongest kind that covers `from`, and in *until the next border of any range. False:
 * nothing covers it. */
start_code static bool kind_at(uint64_t from, enum memory_kind *kind, uint64_t *until)
{
	bool covered = false;

	*until = PHYSICAL_END;
	for (unsigned i = 0; i < raw_count; i++) {
		const struct memory_range *r = &raw[i];

		if (r->start.raw > from) {
			*until = min(*until, r->start.raw);
		} else if (end_of(r) > from) {
			*until = min(*until, end_of(r));
			if (!covered || strength(r->kind) > strength(*kind))
				*kind = r->kind;
			covered = true;
		}
	}
	return covered;
}

start_code static void append(struct boot_info *boot, uint64_t start, uint64_t end,
			      enum memory_kind kind)
{
	struct memory_range *last = boot->range_count ? &boot->ranges[boot->range_count - 1] : NULL;

	if (last && last->kind == kind && end_of(last) == start) {
		last->bytes += end - start;
		return;
	}
	if (boot->range_count == BOOT_RANGES_MAX) {
		log_warn("memory map: more than %d pieces; %#lx and up left out", BOOT_RANGES_MAX,
			 start);
		return;
	}
	boot->ranges[boot->range_count++] = (struct memory_range){ paddr(start), end - start,
								   kind };
}

start_code static void cut(struct boot_info *boot)
{
	uint64_t from = 0, until;
	enum memory_kind kind = MEMORY_RESERVED;

	boot->range_count = 0;
	for (; from < PHYSICAL_END; from = until)
		if (kind_at(from, &kind, &until))
			append(boot, from, until, kind);
}

start_code void boot_ranges_finish(struct boot_info *boot)
{
	uint64_t ram = 0;

	cut(boot);
	for (unsigned i = 0; i < boot->range_count; i++)
		if (boot->ranges[i].kind == MEMORY_RAM)
			ram += boot->ranges[i].bytes;
	if (ram == 0)
		boot_stop("the loader's memory map holds no RAM");
}

/* The largest gap so far is the one to take from. */
start_code static void gap_offer(uint64_t start, uint64_t end)
{
	if (start >= end || end - start <= frames_end - frames_first)
		return;
	frames_first = frames_next = start;
	frames_end = end;
}

/* RAM behind the image, before and behind the initrd. */
start_code static void frames_find(const struct boot_info *boot, uint64_t below)
{
	uint64_t initrd = align_down(boot->initrd_start.raw, PAGE_SIZE);
	uint64_t initrd_end = align_up(boot->initrd_start.raw + boot->initrd_bytes, PAGE_SIZE);

	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct memory_range *r = &boot->ranges[i];
		uint64_t start = max(r->start.raw, boot->kernel_end.raw), end = min(end_of(r), below);

		if (r->kind != MEMORY_RAM)
			continue;
		if (boot->initrd_bytes) {
			gap_offer(start, min(end, initrd));
			gap_offer(max(start, initrd_end), end);
		} else {
			gap_offer(start, end);
		}
	}
}

start_code paddr_t boot_frame_take(struct boot_info *boot, uint64_t below)
{
	paddr_t frame;

	if (frames_first == 0)
		frames_find(boot, below);
	if (frames_first == 0)
		boot_stop("too little memory: no room for the page tables behind the kernel");
	if (frames_next == frames_end)
		boot_stop("too little memory: the page tables do not fit");
	frame = paddr(frames_next);
	frames_next += PAGE_SIZE;
	return frame;
}

start_code void boot_frames_finish(struct boot_info *boot)
{
	if (frames_next == frames_first)
		return;
	boot_range_add(boot, frames_first, frames_next - frames_first, MEMORY_RESERVED);
	cut(boot);
	frames_end = frames_next;
}
