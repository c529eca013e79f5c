/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow of the dynamic range, mapped as it is needed (arch/shadow.h): on the way to each page tables that all share are
 * replaced by copies, under a lock of this file. Nothing is ever unmapped.
 */
#include <murre/lock.h>
#include <murre/page.h>
#include <x86/kernel_map.h>
#include <x86/shadow.h>

aligned_to(4096) in_section(".bss.page") pte_t x86_shadow_common[X86_SHADOW_COMMON][PTES_PER_LEAF];
static struct spinlock mapping;

#define TABLE_LINK (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED)
#define OWN_PAGE (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED | X86_PTE_DIRTY | X86_PTE_RESIDENT | X86_PTE_GLOBAL | \
		  X86_PTE_NO_EXEC)

static void flush(uintptr_t va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

/* A copy of what the entry shares, which is a table (level 1 to 3) or the page (0). */
static result(unit) make_own(pte_t *entry, unsigned level)
{
	RETURNS(unit);

	if (!x86_shadow_is_common(*entry, level))
		return DONE;
	own(page_ref, p, TRY(page_alloc(0, PAGE_ANY, PAGE_TABLE)));
	arch_page_copy(page_bytes(at(p)), x86_shadow_common[3 - level]);
	pte_set(entry, (pte_t){ page_paddr(at(p)).raw | (level ? TABLE_LINK : OWN_PAGE) });
	(void)into_count(give(p));
	return DONE;
}

static result(unit) page_map(uintptr_t va)
{
	RETURNS(unit);
	pte_t *table = x86_kernel_root;

	for (unsigned level = 3; level > 0; level--) {
		pte_t *entry = &table[x86_table_index(va, level)];

		TRY(make_own(entry, level));
		table = x86_table_of(*entry);
	}
	TRY(make_own(&table[x86_table_index(va, 0)], 0));
	flush(va);
	return DONE;
}

result(unit) arch_shadow_map(uintptr_t start, size_t bytes)
{
	uintptr_t end = (uintptr_t)arch_shadow_of((void *)(start + bytes - 1));
	int err = 0;

	preempt_disable();
	spin_lock_raw(&mapping);
	for (uintptr_t va = (uintptr_t)arch_shadow_of((void *)start) & PAGE_MASK; !err && va <= end; va += PAGE_SIZE)
		err = error_of(page_map(va));
	spin_unlock_raw(&mapping);
	preempt_enable();
	return unit_result(err);
}
