/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug kernel's shadow memory (arch/shadow.h): 32 entries of the root. What has no shadow of its own is reached by
 * tables that all entries share, one for each level, down to one page of zeros.
 */
#pragma once
#include <arch/mmu.h>
#include <arch/shadow.h>

/* Tables of levels 2, 1 and 0, then the page. head.S fills the tables. */
enum { X86_SHADOW_PAGE = 3, X86_SHADOW_COMMON };
extern pte_t x86_shadow_common[X86_SHADOW_COMMON][PTES_PER_LEAF];

/* The page of zeros, or the table that an entry of the level leads to if it is a shared one. */
static inline bool x86_shadow_is_common(pte_t e, unsigned level)
{
	return (e.raw & X86_PTE_FRAME) == virt_to_phys(x86_shadow_common[3 - level]).raw;
}
