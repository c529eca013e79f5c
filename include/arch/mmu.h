/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: page tables. A struct arch_space is one program's tables (the kernel's half is shared by all). The tables are
 * seen as leaves: arrays of PTES_PER_LEAF entries, each leaf covering LEAF_SPAN bytes, so that fork, unmap and protect
 * work on whole leaves. Callers hold the lock of the address space that owns the tables.
 */
#pragma once
#include <murre/base/result.h>
#include <murre/base/user.h>

#define PTES_PER_LEAF 512ul
#define LEAF_SPAN (PTES_PER_LEAF * PAGE_SIZE)

typedef struct { uint64_t raw; } pte_t;
typedef pte_t *pte_ptr;
DEFINE_RESULT_WORD(pte_ptr);

enum pte_prot {
	PTE_READ = 1,
	PTE_WRITE = 2,
	PTE_EXEC = 4,
	PTE_USER = 8,
	PTE_UNCACHED = 16,
	PTE_WRITE_COMBINING = 32,
};

struct arch_space;			/* in arch/mmu_impl.h: root frame, ASID, CPUs that run it */

/* USER_TOP: first address above what a program may map (one page below the hardware's limit). */
/* Kernel map: DIRECT_MAP_BASE maps all RAM; KERNEL_DYNAMIC_BASE..END is for stacks and device registers. */

static inline void *phys_to_virt(paddr_t p);
/* Only for addresses inside the direct map or the kernel image. */
static inline paddr_t virt_to_phys(const void *v);

result(unit) arch_space_init(struct arch_space *s);
/* All user mappings are gone already; frees the tables. */
void arch_space_fini(struct arch_space *s);
/* Makes s the tables that this CPU runs on; NULL: kernel only. Preemption off. */
static inline void arch_space_switch(struct arch_space *s);

/* The entry of one page, NULL when there is no leaf for it. */
static inline pte_t *arch_pte_find(struct arch_space *s, uintptr_t va);
/* The same, making the tables on the way: ENOMEM. */
result(pte_ptr) arch_pte_get(struct arch_space *s, uintptr_t va);
/* After the mappings of [start, end) are gone: frees the tables that served them and nothing else. No entry is present in
 * [floor, ceiling), which holds [start, end): a table that lies wholly in there is not needed any more. */
void arch_tables_free(struct arch_space *s, uintptr_t start, uintptr_t end, uintptr_t floor, uintptr_t ceiling);
/* First address >= va and < end that has a leaf, or end. Lets callers skip holes of any size quickly. */
uintptr_t arch_leaf_next(struct arch_space *s, uintptr_t va, uintptr_t end);

static inline pte_t pte_make(pfn_t pfn, unsigned prot);
static inline bool pte_present(pte_t e);
static inline bool pte_writable(pte_t e);
static inline bool pte_dirty(pte_t e);
static inline bool pte_young(pte_t e);
static inline pte_t pte_write_protect(pte_t e);
static inline pte_t pte_make_old(pte_t e);
/* What a CPU notes by itself on an access. One that cannot faults instead, and these note it. */
static inline pte_t pte_make_young(pte_t e);
static inline pte_t pte_make_dirty(pte_t e);
static inline pte_t pte_with_prot(pte_t e, unsigned prot);
static inline pfn_t pte_pfn(pte_t e);
static inline void pte_set(pte_t *p, pte_t e);
static inline pte_t pte_clear(pte_t *p);		/* returns what was there, atomically */
#define PTE_NONE ((pte_t){ 0 })

/* Forget cached translations; only CPUs that run s. An entry that became present or gained rights needs none. */
void arch_tlb_flush_page(struct arch_space *s, uintptr_t va);
void arch_tlb_flush_range(struct arch_space *s, uintptr_t start, uintptr_t end);
void arch_tlb_flush_space(struct arch_space *s);

/* Puts an entry that names another frame in the place of a present one, and forgets that. */
static inline void arch_pte_replace(struct arch_space *s, uintptr_t va, pte_t *p, pte_t e);

/* Where a CPU fetches instructions past what was just written, pte_set publishes a page to it before programs may run it,
 * once (struct page's flag PAGE_CODE_PUBLISHED). Whoever writes to such a page as data says so. ARCH_CODE_APART: there are
 * such CPUs. */
/* The same for bytes in a page that programs may be running already. */
static inline void arch_code_written(const void *at, size_t n);

/* Maps frames into the kernel's dynamic range; the tables for it are made on demand and shared by all spaces. */
result(unit) arch_kernel_map(uintptr_t va, paddr_t pa, size_t bytes, unsigned prot);
void arch_kernel_unmap(uintptr_t va, size_t bytes);
/* Makes what is read-only after start so, and gives the frames of start code and start data to the page allocator. Once,
 * when no start task runs any more. */
void arch_kernel_protect(void);

/* Clears and copies one page, the fastest way the CPU has. */
void arch_page_clear(void *page);
static inline void arch_page_copy(void *to, const void *from);

#include <arch/mmu_impl.h>
