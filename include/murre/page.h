/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames. Every frame of RAM has a struct page; a block of 2^order frames is owned through
 * page_ref handles counted in its first struct page. Blocks come from a buddy allocator with
 * per-CPU lists of single frames.
 */
#pragma once
#include <murre/base/handle.h>
#include <murre/base/list.h>
#include <arch/mmu.h>

struct vm_object;

enum page_kind {
	PAGE_RESERVED,			/* not the allocator's: boot-time memory */
	PAGE_FREE,			/* first of a free block */
	PAGE_LOOSE,			/* free as well: in a larger block or on a CPU's list */
	PAGE_KERNEL, PAGE_SLAB, PAGE_ANON, PAGE_OBJECT, PAGE_TABLE,
};
#define PAGE_KINDS 8
/* Flags that are not their owner's. */
enum { PAGE_CODE_PUBLISHED = 1 << 15 };	/* all CPUs fetch what is in it (arch/mmu.h) */

struct page {
	refcount_t refs;		/* handles; entries of page tables (PAGE_ANON); 0: free */
	union {
		struct {
			uint8_t order;		/* of the block, valid in its first page */
			uint8_t kind;		/* enum page_kind */
			uint16_t flags;		/* its owner's */
		};
		uint32_t order_kind_flags;	/* all three, for setting them at once */
	};
	union {
		struct list_node link;			/* free lists, slab lists */
		struct { struct vm_object *object; uint64_t index; };	/* page of a memory object */
		uint32_t table_entries;			/* page tables: the architecture's */
	};
	uint64_t private_data;		/* its owner's */
#ifdef MURRE_DEBUG
	struct page_watch { uint32_t allocated, freed; int32_t allocated_by, freed_by; } watch;	/* mm/page_debug.c's */
#endif
};
#ifndef MURRE_DEBUG
static_assert_size(struct page, 32);
#endif

#define PAGE_ORDER_MAX 10		/* largest block: 4 MiB */

/* Frees a block that nobody holds any more. */
void page_free(struct page *p);
static inline void page_release(struct page *p)
{
	if (unlikely(refcount_dec(&p->refs)))
		page_free(p);
}
DEFINE_HANDLE(page_ref, struct page, page_release)

enum page_request {
	PAGE_ANY = 0,
	PAGE_ZERO = 1,			/* cleared */
	PAGE_URGENT = 2,		/* may use the reserve: for freeing memory and for interrupts */
	PAGE_FOR_USER = 4,		/* on behalf of a program: fails early enough that the kernel keeps its reserve */
};
/* ENOMEM. Does not sleep: whoever may, and wants reclaim first, is in vm.h. Any context but NMI. */
result(page_ref) page_alloc(unsigned order, unsigned request, enum page_kind kind);
static inline page_ref page_share(struct page *p)
{
	refcount_inc(&p->refs);
	return handle_from(page_ref, p);
}

/* The kernel has written to a page of memory that may hold instructions. */
static inline void page_code_changed(struct page *p)
{
	if (ARCH_CODE_APART && read_once(p->flags) & PAGE_CODE_PUBLISHED)
		__atomic_and_fetch(&p->flags, (uint16_t)~PAGE_CODE_PUBLISHED, __ATOMIC_RELAXED);
}

/* struct page of frame n is page_array[n], for frames of RAM; set by page_start. */
extern struct page *page_array;
static inline struct page *page_of_frame(pfn_t pfn) { return page_array + pfn.raw; }	/* frames known to be RAM */
static inline pfn_t page_pfn(const struct page *p) { return (pfn_t){ (uint64_t)(p - page_array) }; }
static inline paddr_t page_paddr(const struct page *p) { return paddr_of_pfn(page_pfn(p)); }
static inline void *page_bytes(const struct page *p) { return phys_to_virt(page_paddr(p)); }
/* For frame numbers from outside: NULL when it is not RAM that the kernel manages. */
struct page *page_from_pfn(pfn_t pfn);

struct page_stats { uint64_t total, free, reserve, anon, object, slab, tables, kernel; };	/* in pages */
void page_stats_get(struct page_stats *out);
uint64_t page_total(void);		/* frames that the kernel manages */
/* Start task that kernel_main runs ahead of all others, then slab_start: takes over the RAM of
 * boot_info, all but the kernel image and the initial archive. Does nothing the second time. Panics
 * when there is too little. */
void page_start(void);
/* Hands boot-time memory (start code, the initramfs) to the allocator; partial pages at the ends
 * stay as they are. */
void page_free_range(paddr_t start, uint64_t bytes);
/* Makes one frame of boot-time memory, with what it holds, an ordinary page with one reference.
 * EINVAL: not such memory. */
result(page_ref) page_adopt(pfn_t pfn, enum page_kind kind);
