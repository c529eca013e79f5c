/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forgetting cached translations. Only CPUs in the space's mask can have any; one that is not
 * running the space at the moment has forgotten it by loading another CR3. Kernel mappings are
 * global and outlive that.
 */
#include <arch/mmu.h>
#include <x86/registers.h>

/* More pages than this: reloading CR3 costs less than naming each. */
#define PAGES_NAMED_MOST 32

static bool is_loaded_here(struct arch_space *s) { return this_cpu(x86_space_loaded) == s; }

void arch_tlb_flush_page(struct arch_space *s, uintptr_t va)
{
	if (is_loaded_here(s))
		__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

void arch_tlb_flush_range(struct arch_space *s, uintptr_t start, uintptr_t end)
{
	if (!is_loaded_here(s))
		return;
	if ((end - start) / PAGE_SIZE > PAGES_NAMED_MOST) {
		arch_tlb_flush_space(s);
		return;
	}
	for (uintptr_t va = start; va < end; va += PAGE_SIZE)
		__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

void arch_tlb_flush_space(struct arch_space *s)
{
	if (is_loaded_here(s))
		write_cr3(s->root_frame.raw);
}
