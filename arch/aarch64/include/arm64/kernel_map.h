/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of the address space, and device windows: 4 MiB of addresses whose tables exist from the start, for
 * what must be mapped before there is an allocator (the device tree, consoles, interrupt controllers, the first tables).
 */
#pragma once
#include <arch/mmu.h>

#define ARM64_WINDOW_BASE 0xffffffffff800000ul
#define ARM64_WINDOW_END 0xffffffffffc00000ul
#define ARM64_WINDOW_TABLES ((ARM64_WINDOW_END - ARM64_WINDOW_BASE) / LEAF_SPAN)

/* The kernel's root table, from boot_map_kernel on, and the tables of the windows. */
extern pte_t arm64_kernel_root[PTES_PER_LEAF];
extern pte_t arm64_window_directory[PTES_PER_LEAF], arm64_window_tables[ARM64_WINDOW_TABLES][PTES_PER_LEAF];
/* What TTBR0 names while no program's tables are loaded. */
extern pte_t arm64_empty_root[PTES_PER_LEAF];

/* An entry that names a lower table; one of the kernel's for a page. */
static inline pte_t arm64_table_link(paddr_t table)
{
	return (pte_t){ table.raw | ARM64_PTE_VALID | ARM64_PTE_TABLE };
}
static inline pte_t arm64_kernel_entry(paddr_t pa, unsigned prot)
{
	return pte_make_dirty(pte_make(pfn_of_paddr(pa), prot));
}

/* Maps bytes at pa into the next free windows. NULL: no windows left. For good, unless a mark is restored. Boot CPU,
 * before the first task. */
void *arm64_window_map(paddr_t pa, size_t bytes, unsigned prot);
uintptr_t arm64_windows_mark(void);
void arm64_windows_restore(uintptr_t mark);

/* Forgets the translation of one page of the kernel's, or of all, on all CPUs; first waits until tables are written. */
void arm64_kernel_page_flush(uintptr_t va);
void arm64_kernel_flush(void);
