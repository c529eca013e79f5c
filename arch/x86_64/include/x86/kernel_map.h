/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of every address space, and device windows: 2 MiB of addresses whose tables
 * exist from the start, for what must be mapped before there is an allocator (interrupt
 * controllers, firmware tables).
 */
#pragma once
#include <arch/mmu.h>

#define X86_WINDOW_BASE 0xffffffffffc00000ul
#define X86_WINDOW_END 0xffffffffffe00000ul

/* Root table of kernel tasks; its upper half is copied into every other root. */
extern pte_t x86_kernel_root[PTES_PER_LEAF];
/* Its entries in use, by number: there are few. */
extern uint16_t x86_kernel_entries[PTES_PER_LEAF / 2];
extern unsigned x86_kernel_entry_count;
/* Notes them, when all exist. */
void x86_kernel_entries_note(void);

/* Maps bytes at pa into the next free windows. NULL: no windows left. For good, unless a mark is
 * restored. Boot CPU, before the first task. */
void *x86_window_map(paddr_t pa, size_t bytes, unsigned prot);
/* For firmware tables that are read once: forgets every window made since the mark. */
uintptr_t x86_windows_mark(void);
void x86_windows_restore(uintptr_t mark);
