/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/mmu.h: 4 KiB pages, 48 bits of address, four levels of tables (Arm ARM, D8). Programs have
 * tables of their own, below TTBR0; the kernel's are below TTBR1 and the same for everyone. Translations of a program
 * carry its address space identifier, so that a switch forgets nothing.
 *
 * Age and dirtiness are the CPU's to note where it can (FEAT_HAFDBS); where it cannot, it faults on an entry that is old
 * or clean, and the fault handler notes them. Clean is: may be written (DBM), but is read-only yet.
 */
#pragma once
#include <arch/percpu.h>
#include <murre/base/list.h>

#define USER_TOP 0x1000000000000ul
#define DIRECT_MAP_BASE 0xffff000000000000ul
#define DIRECT_MAP_END 0xffff800000000000ul	/* 128 TiB of physical addresses */
#define KERNEL_DYNAMIC_BASE 0xffff800000000000ul
#define KERNEL_DYNAMIC_END 0xffff808000000000ul	/* one entry of the root */
#define KERNEL_IMAGE_BASE 0xffffffff80000000ul

#define ARM64_PTE_VALID 0x1ull
#define ARM64_PTE_TABLE 0x2ull			/* a table, or at the last level a page; else a block */
#define ARM64_PTE_MEMORY(index) ((uint64_t)(index) << 2)	/* which byte of MAIR */
#define ARM64_PTE_EL0 0x40ull			/* programs may use it */
#define ARM64_PTE_READ_ONLY 0x80ull
#define ARM64_PTE_SHARED 0x300ull		/* by all CPUs */
#define ARM64_PTE_YOUNG 0x400ull
#define ARM64_PTE_NOT_GLOBAL 0x800ull
#define ARM64_PTE_WRITE (1ull << 51)		/* DBM: may be written */
#define ARM64_PTE_NO_EXEC_KERNEL (1ull << 53)
#define ARM64_PTE_NO_EXEC_USER (1ull << 54)
#define ARM64_PTE_DIRTY (1ull << 55)		/* ours: was written, even if READ_ONLY again */
#define ARM64_PTE_RESIDENT (1ull << 56)		/* ours: holds a frame, even if it grants nothing */
#define ARM64_PTE_FRAME 0x0000fffffffff000ull

/* Bytes of MAIR_EL1 as arm64_mmu_setup writes it. */
enum { ARM64_MEMORY_NORMAL, ARM64_MEMORY_DEVICE, ARM64_MEMORY_UNCACHED };

struct arch_space {
	pte_t *root;				/* in the direct map */
	paddr_t root_frame;
	struct list_node tables;		/* all but the root, by struct page's link */
	uint64_t table_pages;			/* with the root */
	uint64_t context;			/* generation and ASID; 0: never ran */
};

/* Of the image: virtual minus physical. */
extern uint64_t arm64_image_offset;
/* The space whose tables this CPU runs on; NULL: none. */
DECLARE_PER_CPU(struct arch_space *, arm64_space_loaded);
void arm64_space_load(struct arch_space *s);

static inline void *phys_to_virt(paddr_t p) { return (void *)(p.raw + DIRECT_MAP_BASE); }

static inline paddr_t virt_to_phys(const void *v)
{
	uintptr_t va = (uintptr_t)v;

	return paddr(va - (va >= KERNEL_IMAGE_BASE ? arm64_image_offset : DIRECT_MAP_BASE));
}

/* A kernel task runs on whatever tables are loaded: it never touches user memory. */
static inline void arch_space_switch(struct arch_space *s)
{
	if (s && s != this_cpu(arm64_space_loaded))
		arm64_space_load(s);
}

static inline pte_t *arm64_table_of(pte_t e) { return phys_to_virt(paddr(e.raw & ARM64_PTE_FRAME)); }
static inline unsigned arm64_table_index(uintptr_t va, unsigned level) { return va >> (PAGE_SHIFT + 9 * level) & 511; }

static inline pte_t *arch_pte_find(struct arch_space *s, uintptr_t va)
{
	pte_t *table = s->root;

	for (unsigned level = 3; level > 0; level--) {
		pte_t e = read_once(table[arm64_table_index(va, level)]);

		if (!(e.raw & ARM64_PTE_VALID))
			return NULL;
		table = arm64_table_of(e);
	}
	return table + arm64_table_index(va, 0);
}

static inline uint64_t arm64_pte_memory(unsigned prot)
{
	if (prot & PTE_UNCACHED)
		return ARM64_PTE_MEMORY(ARM64_MEMORY_DEVICE);
	if (prot & PTE_WRITE_COMBINING)
		return ARM64_PTE_MEMORY(ARM64_MEMORY_UNCACHED);
	return ARM64_PTE_MEMORY(ARM64_MEMORY_NORMAL) | ARM64_PTE_SHARED;
}

static inline uint64_t arm64_pte_bits(unsigned prot)
{
	uint64_t bits = ARM64_PTE_RESIDENT | ARM64_PTE_TABLE | ARM64_PTE_READ_ONLY | arm64_pte_memory(prot);

	if (prot & (PTE_READ | PTE_WRITE | PTE_EXEC))
		bits |= ARM64_PTE_VALID;
	if (prot & PTE_WRITE)
		bits |= ARM64_PTE_WRITE;
	if (prot & PTE_USER)
		bits |= ARM64_PTE_EL0 | ARM64_PTE_NOT_GLOBAL | ARM64_PTE_NO_EXEC_KERNEL;
	else
		bits |= ARM64_PTE_NO_EXEC_USER;
	if (!(prot & PTE_EXEC))
		bits |= ARM64_PTE_NO_EXEC_KERNEL | ARM64_PTE_NO_EXEC_USER;
	return bits;
}

/* Made because someone touches the page right now: born young. */
static inline pte_t pte_make(pfn_t pfn, unsigned prot)
{
	return (pte_t){ pfn.raw << PAGE_SHIFT | arm64_pte_bits(prot) | ARM64_PTE_YOUNG };
}

static inline bool pte_present(pte_t e) { return e.raw & ARM64_PTE_RESIDENT; }
static inline bool pte_writable(pte_t e) { return e.raw & ARM64_PTE_WRITE; }
static inline bool pte_young(pte_t e) { return e.raw & ARM64_PTE_YOUNG; }
static inline pte_t pte_make_old(pte_t e) { return (pte_t){ e.raw & ~ARM64_PTE_YOUNG }; }
static inline pte_t pte_make_young(pte_t e) { return (pte_t){ e.raw | ARM64_PTE_YOUNG }; }

static inline bool pte_dirty(pte_t e)
{
	return e.raw & ARM64_PTE_DIRTY || (e.raw & (ARM64_PTE_WRITE | ARM64_PTE_READ_ONLY)) == ARM64_PTE_WRITE;
}

static inline pte_t pte_make_dirty(pte_t e)
{
	return (pte_t){ (e.raw | ARM64_PTE_DIRTY) & ~(e.raw & ARM64_PTE_WRITE ? ARM64_PTE_READ_ONLY : 0) };
}

static inline pte_t pte_write_protect(pte_t e)
{
	uint64_t dirty = pte_dirty(e) ? ARM64_PTE_DIRTY : 0;

	return (pte_t){ (e.raw & ~ARM64_PTE_WRITE) | ARM64_PTE_READ_ONLY | dirty };
}

/* Rights and cacheability anew; frame, age and dirtiness stay. */
static inline pte_t pte_with_prot(pte_t e, unsigned prot)
{
	pte_t new = { (e.raw & (ARM64_PTE_FRAME | ARM64_PTE_YOUNG)) | arm64_pte_bits(prot) };

	return pte_dirty(e) ? pte_make_dirty(new) : new;
}

static inline pfn_t pte_pfn(pte_t e) { return (pfn_t){ (e.raw & ARM64_PTE_FRAME) >> PAGE_SHIFT }; }

#define ARCH_CODE_APART 1
void arm64_code_publish(pte_t e);
void arm64_code_written(const void *at, size_t n);
static inline void arch_code_written(const void *at, size_t n) { arm64_code_written(at, n); }

static inline bool arm64_pte_is_code(pte_t e)
{
	return (e.raw & (ARM64_PTE_VALID | ARM64_PTE_EL0 | ARM64_PTE_NO_EXEC_USER)) == (ARM64_PTE_VALID | ARM64_PTE_EL0);
}

static inline void pte_set(pte_t *p, pte_t e)
{
	if (arm64_pte_is_code(e))
		arm64_code_publish(e);
	write_once(p->raw, e.raw);
}

static inline pte_t pte_clear(pte_t *p)
{
	return (pte_t){ __atomic_exchange_n(&p->raw, 0, __ATOMIC_RELAXED) };
}

/* Break before make (Arm ARM, D8.14.1): no CPU may see one frame and the other under the same address at once. */
static inline void arch_pte_replace(struct arch_space *s, uintptr_t va, pte_t *p, pte_t e)
{
	pte_set(p, PTE_NONE);
	arch_tlb_flush_page(s, va);
	pte_set(p, e);
}

static inline void arch_page_copy(void *to, const void *from)
{
	const char *end = (const char *)from + PAGE_SIZE;

	__asm__ volatile("1:	ldp x9, x10, [%1]\n"
			 "	ldp x11, x12, [%1, #16]\n"
			 "	ldp x13, x14, [%1, #32]\n"
			 "	ldp x15, x16, [%1, #48]\n"
			 "	add %1, %1, #64\n"
			 "	stp x9, x10, [%0]\n"
			 "	stp x11, x12, [%0, #16]\n"
			 "	stp x13, x14, [%0, #32]\n"
			 "	stp x15, x16, [%0, #48]\n"
			 "	add %0, %0, #64\n"
			 "	cmp %1, %2\n"
			 "	b.ne 1b"
			 : "+&r"(to), "+&r"(from) : "r"(end)
			 : "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "cc", "memory");
}
