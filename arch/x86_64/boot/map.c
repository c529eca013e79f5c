/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own page tables: the direct map of RAM (and of nothing else, so that no device is
 * ever touched through it), the image with the rights that each part needs, the root's entry for
 * the dynamic range, and the device windows. The image's frames are mapped by small pages in the
 * direct map too, because their rights change there as well.
 */
#include <arch/mmu.h>
#include <murre/string.h>
#include <x86/cpu.h>
#include <x86/image.h>
#include <x86/kernel_map.h>
#include <x86/registers.h>
#include <x86/stacks.h>
#include "boot.h"

#define LARGE_BYTES 0x200000ull
#define HUGE_BYTES 0x40000000ull
#define KERNEL_RO (X86_PTE_PRESENT | X86_PTE_RESIDENT | X86_PTE_ACCESSED | X86_PTE_DIRTY | \
		   X86_PTE_GLOBAL)
#define KERNEL_RW (KERNEL_RO | X86_PTE_WRITE | X86_PTE_NO_EXEC)
#define TABLE_LINK (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED)


/* Tables are reached at their physical addresses until CR3 is loaded. */
start_code static pte_t *table_below(struct boot_info *boot, pte_t *entry)
{
	if (!(entry->raw & X86_PTE_PRESENT)) {
		paddr_t frame = boot_frame_take(boot, LOW_MEMORY_END);

		memset((void *)frame.raw, 0, PAGE_SIZE);
		entry->raw = frame.raw | TABLE_LINK;
	}
	return (pte_t *)(entry->raw & X86_PTE_FRAME);
}

/* The entry of va in a table of the level (0: small pages). */
start_code static pte_t *entry_for(struct boot_info *boot, uintptr_t va, unsigned level)
{
	pte_t *table = (pte_t *)virt_to_phys(x86_kernel_root).raw;

	for (unsigned l = 3; l > level; l--)
		table = table_below(boot, &table[x86_table_index(va, l)]);
	return &table[x86_table_index(va, level)];
}

start_code static bool meets_image(uint64_t start, uint64_t bytes)
{
	return start < virt_to_phys(kernel_end).raw &&
	       virt_to_phys(kernel_start).raw < start + bytes;
}

start_code static bool fits(uint64_t start, uint64_t end, uint64_t bytes)
{
	return is_aligned(start, bytes) && end - start >= bytes && !meets_image(start, bytes);
}

start_code static void map_ram(struct boot_info *boot, uint64_t start, uint64_t end)
{
	while (start < end) {
		uintptr_t va = (uintptr_t)phys_to_virt(paddr(start));

		if (x86_features.huge_pages && fits(start, end, HUGE_BYTES)) {
			entry_for(boot, va, 2)->raw = start | KERNEL_RW | X86_PTE_LARGE;
			start += HUGE_BYTES;
		} else if (fits(start, end, LARGE_BYTES)) {
			entry_for(boot, va, 1)->raw = start | KERNEL_RW | X86_PTE_LARGE;
			start += LARGE_BYTES;
		} else {
			uint64_t stop = min(end, align_down(start, LARGE_BYTES) + LARGE_BYTES);
			pte_t *e = entry_for(boot, va, 0);

			for (; start < stop; start += PAGE_SIZE)
				(e++)->raw = start | KERNEL_RW;
		}
	}
}

start_code static void map_part(struct boot_info *boot, const char *start, const char *end,
				uint64_t bits)
{
	for (const char *at = start; at < end; at += PAGE_SIZE)
		entry_for(boot, (uintptr_t)at, 0)->raw = virt_to_phys(at).raw | KERNEL_RO | bits;
}

start_code static void map_image(struct boot_info *boot)
{
	map_part(boot, text_start, start_text_end, 0);
	map_part(boot, rodata_start, rodata_end, X86_PTE_NO_EXEC);
	map_part(boot, ro_after_start_start, kernel_end, X86_PTE_WRITE | X86_PTE_NO_EXEC);
	entry_for(boot, (uintptr_t)boot_stack_guard, 0)->raw = 0;
	/* Text and constants are not to be written through the direct map either. */
	for (const char *at = text_start; at < rodata_end; at += PAGE_SIZE)
		entry_for(boot, (uintptr_t)phys_to_virt(virt_to_phys(at)), 0)->raw &=
			~X86_PTE_WRITE;
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
	(void)entry_for(boot, X86_WINDOW_BASE, 0);
	boot_map_shadow(boot);
	x86_kernel_entries_note();
	boot_shadow_close();
	write_cr3(virt_to_phys(x86_kernel_root).raw);
}
