/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow memory at start (x86/shadow.h): all RAM in the direct map and the image get shadow of their own, a small page at
 * a time; the rest shares a page of zeros, read-only from here on. The root's entry for the dynamic range's shadow gets a
 * table of its own, because roots of programs are copies and do not see it change.
 */
#include <murre/string.h>
#include <x86/image.h>
#include <x86/kernel_map.h>
#include <x86/shadow.h>
#include "boot.h"

#define TABLE_LINK (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED)
#define PAGE_RO (X86_PTE_PRESENT | X86_PTE_ACCESSED | X86_PTE_DIRTY | X86_PTE_RESIDENT | X86_PTE_GLOBAL | X86_PTE_NO_EXEC)

start_code static pte_t zeros_entry(void)
{
	return (pte_t){ virt_to_phys(x86_shadow_common[X86_SHADOW_PAGE]).raw | PAGE_RO };
}

/* The table below an entry of level 1 to 3, not shared with others; tables are reached at their physical addresses. */
start_code static pte_t *own_table(struct boot_info *boot, pte_t *entry, unsigned level)
{
	if (x86_shadow_is_common(*entry, level)) {
		pte_t *table = (pte_t *)boot_frame_take(boot, LOW_MEMORY_END).raw;

		for (unsigned i = 0; i < PTES_PER_LEAF; i++)
			table[i] = level > 1 ? x86_shadow_common[3 - level][i] : zeros_entry();
		entry->raw = (uintptr_t)table | TABLE_LINK;
	}
	return (pte_t *)(entry->raw & X86_PTE_FRAME);
}

start_code static pte_t *own_entry(struct boot_info *boot, uintptr_t va, unsigned level)
{
	pte_t *table = (pte_t *)virt_to_phys(x86_kernel_root).raw;

	for (unsigned l = 3; l > level; l--)
		table = own_table(boot, &table[x86_table_index(va, l)], l);
	return &table[x86_table_index(va, level)];
}

start_code static void map_own(struct boot_info *boot, const void *start, const void *end)
{
	uintptr_t last = (uintptr_t)arch_shadow_of((const char *)end - 1);

	for (uintptr_t va = (uintptr_t)arch_shadow_of(start) & PAGE_MASK; va <= last; va += PAGE_SIZE) {
		pte_t *e = own_entry(boot, va, 0);

		if (!x86_shadow_is_common(*e, 0))
			continue;
		paddr_t frame = boot_frame_take(boot, LOW_MEMORY_END);
		memset((void *)frame.raw, 0, PAGE_SIZE);
		e->raw = frame.raw | PAGE_RO | X86_PTE_WRITE;
	}
}

start_code static void share_all(void)
{
	for (uintptr_t va = (uintptr_t)arch_shadow_of((void *)DIRECT_MAP_BASE);
	     va <= (uintptr_t)arch_shadow_of((void *)UINTPTR_MAX); va += 1ul << 39)
		x86_kernel_root[x86_table_index(va, 3)].raw = virt_to_phys(x86_shadow_common[0]).raw | TABLE_LINK;
}

start_code void boot_map_shadow(struct boot_info *boot)
{
	share_all();
	map_own(boot, kernel_start, kernel_end);
	(void)own_entry(boot, (uintptr_t)arch_shadow_of((void *)KERNEL_DYNAMIC_BASE), 2);
	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct memory_range *r = &boot->ranges[i];

		if (r->kind == MEMORY_RAM)
			map_own(boot, phys_to_virt(r->start), phys_to_virt(paddr_add(r->start, r->bytes)));
	}
}

/* The tables of the start lead to the page of zeros as well: whoever marks variables on the boot stack faults from here
 * on, until the new tables are loaded. */
start_code void boot_shadow_close(void)
{
	for (unsigned i = 0; i < PTES_PER_LEAF; i++) {
		x86_shadow_common[X86_SHADOW_PAGE][i] = PTE_NONE;
		x86_shadow_common[X86_SHADOW_PAGE - 1][i] = zeros_entry();
	}
}
