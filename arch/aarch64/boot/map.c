/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own page tables: the direct map of RAM (and of nothing else, so that no device is ever touched through
 * it), the image with the rights that each part needs, the root's entry for the dynamic range, and the device windows.
 * The image's frames are mapped by small pages in the direct map too, because their rights change there as well.
 *
 * Frames of tables come one behind the other; until the direct map is there they are written through device windows.
 */
#include <arm64/image.h>
#include <arm64/kernel_map.h>
#include <murre/string.h>
#include "boot.h"

#define LARGE_BYTES 0x200000ull
#define HUGE_BYTES 0x40000000ull
#define PROT_DATA (PTE_READ | PTE_WRITE)

start_data static uint64_t first_frame;
start_data static char *first_window, *next_window;

/* A table, by its frame: one of those taken here, or one of the image's. */
start_code static pte_t *table_at(paddr_t frame)
{
	if (first_frame && frame.raw >= first_frame && frame.raw - first_frame < (size_t)(next_window - first_window))
		return (pte_t *)(first_window + (frame.raw - first_frame));
	return (pte_t *)(frame.raw + arm64_image_offset);
}

start_code static paddr_t table_take(struct boot_info *boot)
{
	paddr_t frame = boot_frame_take(boot, UINT64_MAX);
	char *window = arm64_window_map(frame, PAGE_SIZE, PROT_DATA);

	if (!window)
		boot_stop("RAM is in too many pieces: the first page tables do not fit");
	if (!first_frame) {
		first_frame = frame.raw;
		first_window = window;
	}
	next_window = window + PAGE_SIZE;
	memset(window, 0, PAGE_SIZE);
	return frame;
}

start_code static pte_t *table_below(struct boot_info *boot, pte_t *entry)
{
	if (!(entry->raw & ARM64_PTE_VALID))
		*entry = arm64_table_link(table_take(boot));
	return table_at(paddr(entry->raw & ARM64_PTE_FRAME));
}

/* The entry of va in a table of the level (0: small pages). */
start_code static pte_t *entry_for(struct boot_info *boot, uintptr_t va, unsigned level)
{
	pte_t *table = arm64_kernel_root;

	for (unsigned l = 3; l > level; l--)
		table = table_below(boot, &table[arm64_table_index(va, l)]);
	return &table[arm64_table_index(va, level)];
}

start_code static bool meets_image(uint64_t start, uint64_t bytes)
{
	return start < virt_to_phys(kernel_end).raw && virt_to_phys(kernel_start).raw < start + bytes;
}

start_code static bool fits(uint64_t start, uint64_t end, uint64_t bytes)
{
	return is_aligned(start, bytes) && end - start >= bytes && !meets_image(start, bytes);
}

start_code static pte_t block_entry(uint64_t start)
{
	return (pte_t){ arm64_kernel_entry(paddr(start), PROT_DATA).raw & ~ARM64_PTE_TABLE };
}

start_code static void map_ram(struct boot_info *boot, uint64_t start, uint64_t end)
{
	while (start < end) {
		uintptr_t va = (uintptr_t)phys_to_virt(paddr(start));

		if (fits(start, end, HUGE_BYTES)) {
			*entry_for(boot, va, 2) = block_entry(start);
			start += HUGE_BYTES;
		} else if (fits(start, end, LARGE_BYTES)) {
			*entry_for(boot, va, 1) = block_entry(start);
			start += LARGE_BYTES;
		} else {
			uint64_t stop = min(end, align_down(start, LARGE_BYTES) + LARGE_BYTES);
			pte_t *e = entry_for(boot, va, 0);

			for (; start < stop; start += PAGE_SIZE)
				*e++ = arm64_kernel_entry(paddr(start), PROT_DATA);
		}
	}
}

start_code static void map_part(struct boot_info *boot, const char *start, const char *end, unsigned prot)
{
	for (const char *at = start; at < end; at += PAGE_SIZE)
		*entry_for(boot, (uintptr_t)at, 0) = arm64_kernel_entry(virt_to_phys(at), prot);
}

start_code static void map_image(struct boot_info *boot)
{
	map_part(boot, text_start, start_text_end, PTE_READ | PTE_EXEC);
	map_part(boot, rodata_start, rodata_end, PTE_READ);
	map_part(boot, ro_after_start_start, kernel_end, PROT_DATA);
	*entry_for(boot, (uintptr_t)boot_stack_guard, 0) = PTE_NONE;
	/* Text and constants are not to be written through the direct map either. */
	for (const char *at = text_start; at < rodata_end; at += PAGE_SIZE)
		*entry_for(boot, (uintptr_t)phys_to_virt(virt_to_phys(at)), 0) =
			arm64_kernel_entry(virt_to_phys(at), PTE_READ);
}

start_code void boot_map_kernel(struct boot_info *boot)
{
	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct memory_range *r = &boot->ranges[i];

		if (r->kind == MEMORY_RAM)
			map_ram(boot, r->start.raw, r->start.raw + r->bytes);
	}
	map_image(boot);
	(void)entry_for(boot, KERNEL_DYNAMIC_BASE, 2);
	*entry_for(boot, ARM64_WINDOW_BASE, 2) = arm64_table_link(virt_to_phys(arm64_window_directory));
	boot_tables_switch(virt_to_phys(arm64_kernel_root).raw);
}
