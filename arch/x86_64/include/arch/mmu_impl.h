/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/mmu.h: four levels of tables (SDM volume 3, chapter 4). Entries 0..255 of
 * the root are a program's; 256..511 are the kernel's, the same in every root: all of them that
 * will ever be used exist before the first space is made, so nothing has to be copied later.
 */
#pragma once
#include <arch/percpu.h>
#include <murre/base/access.h>
#include <murre/base/list.h>

#define USER_TOP 0x7ffffffff000ul
#define DIRECT_MAP_BASE 0xffff800000000000ul
#define DIRECT_MAP_END 0xffffc00000000000ul	/* 64 TiB of physical addresses */
#define KERNEL_DYNAMIC_BASE 0xffffc00000000000ul
#define KERNEL_DYNAMIC_END 0xffffc08000000000ul	/* one entry of the root */
#define KERNEL_IMAGE_BASE 0xffffffff80000000ul	/* physical 0 as the image sees it */

#define X86_PTE_PRESENT 0x1ull
#define X86_PTE_WRITE 0x2ull
#define X86_PTE_USER 0x4ull
#define X86_PTE_WRITE_THROUGH 0x8ull		/* alone: write combining, by our PAT */
#define X86_PTE_UNCACHED 0x10ull		/* with WRITE_THROUGH: uncached */
#define X86_PTE_ACCESSED 0x20ull
#define X86_PTE_DIRTY 0x40ull
#define X86_PTE_LARGE 0x80ull
#define X86_PTE_GLOBAL 0x100ull
#define X86_PTE_RESIDENT 0x200ull		/* ours: holds a frame, even if it grants nothing */
#define X86_PTE_NO_EXEC (1ull << 63)
#define X86_PTE_FRAME 0x000ffffffffff000ull

struct arch_space {
	pte_t *root;				/* in the direct map */
	paddr_t root_frame;
	struct list_node tables;		/* all but the root, by struct page's link */
	uint64_t table_pages;			/* of the program's half, with the root */
	uint64_t cpus[CPUS_MAX / 64];		/* that may have translations of it cached */
};

/* The space whose tables this CPU runs on; NULL: the kernel's own. */
DECLARE_PER_CPU(struct arch_space *, x86_space_loaded);
void x86_space_load(struct arch_space *s);

static inline void *phys_to_virt(paddr_t p) { return (void *)(p.raw + DIRECT_MAP_BASE); }

static inline paddr_t virt_to_phys(const void *v)
{
	uintptr_t va = (uintptr_t)v;

	return paddr(va >= KERNEL_IMAGE_BASE ? va - KERNEL_IMAGE_BASE : va - DIRECT_MAP_BASE);
}

/* A kernel task runs on whatever tables are loaded: it never touches user memory. */
static inline void arch_space_switch(struct arch_space *s)
{
	if (s && s != this_cpu(x86_space_loaded))
		x86_space_load(s);
}

static inline pte_t *x86_table_of(pte_t e) { return phys_to_virt(paddr(e.raw & X86_PTE_FRAME)); }
static inline unsigned x86_table_index(uintptr_t va, unsigned level)
{
	return va >> (PAGE_SHIFT + 9 * level) & 511;
}

static inline pte_t *arch_pte_find(struct arch_space *s, uintptr_t va)
{
	pte_t *table = s->root;

	for (unsigned level = 3; level > 0; level--) {
		pte_t e = read_once(table[x86_table_index(va, level)]);

		if (!(e.raw & X86_PTE_PRESENT))
			return NULL;
		table = x86_table_of(e);
	}
	return table + x86_table_index(va, 0);
}

static inline uint64_t x86_pte_bits(unsigned prot)
{
	uint64_t bits = X86_PTE_RESIDENT;

	if (prot & (PTE_READ | PTE_WRITE | PTE_EXEC))
		bits |= X86_PTE_PRESENT;
	if (prot & PTE_WRITE)
		bits |= X86_PTE_WRITE;
	if (!(prot & PTE_EXEC))
		bits |= X86_PTE_NO_EXEC;
	if (prot & PTE_USER)
		bits |= X86_PTE_USER;
	if (prot & PTE_UNCACHED)
		bits |= X86_PTE_UNCACHED | X86_PTE_WRITE_THROUGH;
	if (prot & PTE_WRITE_COMBINING)
		bits |= X86_PTE_WRITE_THROUGH;
	return bits;
}

/* Made because someone touches the page right now: born young. */
static inline pte_t pte_make(pfn_t pfn, unsigned prot)
{
	return (pte_t){ pfn.raw << PAGE_SHIFT | x86_pte_bits(prot) | X86_PTE_ACCESSED };
}

static inline bool pte_present(pte_t e) { return e.raw & X86_PTE_RESIDENT; }
static inline bool pte_writable(pte_t e) { return e.raw & X86_PTE_WRITE; }
static inline bool pte_dirty(pte_t e) { return e.raw & X86_PTE_DIRTY; }
static inline bool pte_young(pte_t e) { return e.raw & X86_PTE_ACCESSED; }
static inline pte_t pte_write_protect(pte_t e) { return (pte_t){ e.raw & ~X86_PTE_WRITE }; }
static inline pte_t pte_make_old(pte_t e) { return (pte_t){ e.raw & ~X86_PTE_ACCESSED }; }
static inline pte_t pte_make_young(pte_t e) { return (pte_t){ e.raw | X86_PTE_ACCESSED }; }
static inline pte_t pte_make_dirty(pte_t e) { return (pte_t){ e.raw | X86_PTE_DIRTY }; }

/* Rights and cacheability anew; frame, age and dirtiness stay. */
static inline pte_t pte_with_prot(pte_t e, unsigned prot)
{
	uint64_t kept = e.raw & (X86_PTE_FRAME | X86_PTE_ACCESSED | X86_PTE_DIRTY);

	return (pte_t){ kept | x86_pte_bits(prot) };
}

static inline pfn_t pte_pfn(pte_t e) { return (pfn_t){ (e.raw & X86_PTE_FRAME) >> PAGE_SHIFT }; }
static inline void pte_set(pte_t *p, pte_t e) { write_once(p->raw, e.raw); }

static inline pte_t pte_clear(pte_t *p)
{
	return (pte_t){ __atomic_exchange_n(&p->raw, 0, __ATOMIC_RELAXED) };
}

#define ARCH_CODE_APART 0
static inline void arch_code_written(const void *at, size_t n) {}

static inline void arch_pte_replace(struct arch_space *s, uintptr_t va, pte_t *p, pte_t e)
{
	pte_set(p, e);
	arch_tlb_flush_page(s, va);
}

static inline void arch_page_copy(void *to, const void *from)
{
	size_t words = PAGE_SIZE / 8;

	memory_reads(from, PAGE_SIZE);
	memory_writes(to, PAGE_SIZE);
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) :: "memory");
}
