/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page-table entry holds a reference on a page that belongs to the mapping alone (PAGE_ANON).
 * Pages of an object are held by the object, which lets a page go only after it has been cut off
 * every mapping (object_cut.c); so the entries of a space may be trusted while its mutex is held.
 * The page of zeros lives for good.
 *
 * Inside address spaces: finding, placing, splitting and merging mappings, and taking pages out of
 * the page tables. All of it under the space's mutex, which the token shows. Private to mm/.
 */
#pragma once
#include <murre/slab.h>
#include <murre/vm.h>

DEFINE_BOX(vma, struct vma)
typedef struct vma *vma_ptr;
DEFINE_RESULT_WORD(vma_ptr);
extern struct page *zero_page;

/* Takes the mutex of a space for the rest of the scope. Mappings that end meanwhile let go of their
 * files only after it is given back: the end of a file may wait for locks whose holders wait in a
 * page fault of this very space. */
#define hold_space(l, s) \
	defer(vmas_bury, vma_ptr, l##_dead, NULL); \
	hold_mutex(vm_space, l, &(s)->layout); \
	in(l)->dead = &l##_dead
void vmas_bury(vma_ptr *dead);

/* vma.c: the set of mappings. ------------------------------------------------------------------ */

/* The first mapping that ends above va, NULL: none. */
struct vma *vma_above(vm_space_locked l, uintptr_t va);
/* The mapping that holds va, NULL: none. */
struct vma *vma_at(vm_space_locked l, uintptr_t va);
/* Is [start, end) free, with the distance that stacks keep? */
bool range_is_free(vm_space_locked l, uintptr_t start, uintptr_t end);
/* gap.c: free places. */
void gap_insert(vm_space_locked l, struct vma *v, struct vma *next);
void gap_remove(vm_space_locked l, struct vma *v);
void gap_refresh(struct vma *v);
/* Free place of `bytes` in [low, high), as high or as low as possible; 0: none. *next is the
 * mapping that comes after it. */
uintptr_t gap_find_top(vm_space_locked l, size_t bytes, uintptr_t low, uintptr_t high,
		       struct vma **next);
uintptr_t gap_find_bottom(vm_space_locked l, size_t bytes, uintptr_t low, uintptr_t high);
/* Puts a filled mapping into its free place, lists it with its object, counts it; takes it out. */
void vma_link(struct vm_space *s, vm_space_locked l, struct vma *v, struct can_sleep cs);
/* The same where the mapping that comes next is known. */
void vma_link_before(struct vm_space *s, vm_space_locked l, struct vma *v, struct vma *next,
		     struct can_sleep cs);
void vma_unlink(vm_space_locked l, struct vma *v, struct can_sleep cs);
/* Ends an unlinked one, once the mutex is given back. */
void vma_end(vm_space_locked l, struct vma *v);
/* Changes where a linked mapping starts or ends; the offset follows the start. */
void vma_set_start(vm_space_locked l, struct vma *v, uintptr_t start);
void vma_set_end(vm_space_locked l, struct vma *v, uintptr_t end);
/* Makes a fresh mapping a copy with references of its own, not linked. Once nothing can fail any more: an unlinked
 * mapping that has references cannot be ended while the mutex is held. */
void vma_copy(struct vma *to, const struct vma *v);
/* Makes the part [start, end) of v a mapping of its own and returns it. ENOMEM: nothing has
 * changed. */
result(vma_ptr) vma_isolate(struct vm_space *s, vm_space_locked l, struct vma *v, uintptr_t start,
			    uintptr_t end, struct can_sleep cs);
/* Sets the flags of all of v. */
void vma_set_flags(vm_space_locked l, struct vma *v, uint32_t flags);
/* Joins v with alike neighbours; the mapping that holds it then. */
struct vma *vma_merge(vm_space_locked l, struct vma *v, struct can_sleep cs);
/* Does a mapping of these facts that starts at v's end continue v? */
bool vma_continues(const struct vma *v, uint32_t flags, uint64_t offset, const struct vm_object *o,
		   const struct vm_backing *b);

static inline uint64_t vma_pages(const struct vma *v) { return (v->end - v->start) >> PAGE_SHIFT; }
static inline uint64_t vma_index(const struct vma *v, uintptr_t va) { return (v->offset + (va - v->start)) >> PAGE_SHIFT; }
/* Rights of a page-table entry; what may not be written yet loses PTE_WRITE. What may be written or run may be read: no
 * CPU here keeps them apart, and an entry that has lost PTE_WRITE for copy on write must still be there. */
static inline unsigned vma_pte_prot(uint32_t flags)
{
	return (flags & VM_PROT_MASK ? (flags & VM_PROT_MASK) | PTE_READ : 0) | PTE_USER;
}

/* Below it others keep away. */
static inline uintptr_t vma_low(const struct vma *v)
{
	if (likely(!(v->flags & VM_GROWS_DOWN)))
		return v->start;
	return v->start > VM_STACK_GAP ? v->start - VM_STACK_GAP : 0;
}

static inline uintptr_t gap_between(const struct vma *prev, const struct vma *v)
{
	uintptr_t free_from = prev ? prev->end : 0;

	return vma_low(v) > free_from ? vma_low(v) - free_from : 0;
}

/* account.c: limits and counts. ---------------------------------------------------------------- */

/* Counts pages of a mapping with these flags in (or, negative, out). */
void account(vm_space_locked l, uint32_t flags, int64_t pages);
/* May the space grow by so many pages of this kind? ENOMEM: RLIMIT_AS, RLIMIT_DATA, too much;
 * EAGAIN: RLIMIT_MEMLOCK. */
result(unit) account_permits(struct vm_space *s, vm_space_locked l, uint32_t flags, uint64_t pages);
static inline bool is_data(uint32_t flags) { return (flags & (VM_WRITE | VM_SHARED | VM_STACK | VM_GROWS_DOWN)) == VM_WRITE; }
/* Memory that is promised: ENOMEM if more than there ever can be. */
static inline bool is_promised(uint32_t flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_NO_RESERVE)) == VM_WRITE;
}
result(unit) promise_permits(uint64_t pages);

/* zap.c: taking entries out of the page tables. ------------------------------------------------ */

/* Unmaps the pages of [start, end) in v. */
void zap_range(struct vm_space *s, vm_space_locked l, const struct vma *v, uintptr_t start,
	       uintptr_t end);
/* The same for a space that no CPU runs on: stale translations do not matter. */
void zap_dead(struct vm_space *s, vm_space_locked l, const struct vma *v);
struct cut { uint64_t first, end; bool copies_too; };	/* pages of the object; private copies of them too? */
void zap_cut(struct vm_space *s, vm_space_locked l, const struct vma *v, const struct cut *c);
/* Frees the page tables of a hole around [start, end), which has just been unmapped. */
void tables_trim(struct vm_space *s, vm_space_locked l, uintptr_t start, uintptr_t end);
/* The count that pages of the mapping's object go to. */
static inline int64_t *resident_of(struct vm_space *s, const struct vma *v)
{
	invariant(!is_none(v->object));
	return at(v->object)->ops->memory_only ? &s->shmem_pages : &s->file_pages;
}
void peak_note(struct vm_space *s) needs_lock(vm_space_role);

/* The entry of va, made if it is missing (ENOMEM). Faults come in clusters: the leaf used last is
 * remembered. */
static always_inline result(pte_ptr) entry_get(struct vm_space *s, uintptr_t va) needs_lock(vm_space_role)
{
	RETURNS(pte_ptr);
	size_t i = (va & (LEAF_SPAN - 1)) >> PAGE_SHIFT;

	if (unlikely(!s->leaf || va - s->leaf_start >= LEAF_SPAN)) {
		pte_t *entry = TRY(arch_pte_get(&s->arch, va));

		s->leaf = entry - i;
		s->leaf_start = va & ~(LEAF_SPAN - 1);
	}
	return OK(pte_ptr, s->leaf + i);
}

/* The entry of the first address from *va on, below end, that has a leaf; *va is moved there. NULL:
 * none has. */
static always_inline pte_t *leaf_next(struct vm_space *s, uintptr_t *va, uintptr_t end)
	needs_lock(vm_space_role)
{
	if (*va >= end)
		return NULL;
	if (!s->leaf || *va - s->leaf_start >= LEAF_SPAN) {
		*va = arch_leaf_next(&s->arch, *va, end);
		if (*va >= end)
			return NULL;
		s->leaf_start = *va & ~(LEAF_SPAN - 1);
		s->leaf = arch_pte_find(&s->arch, s->leaf_start);
	}
	return s->leaf + ((*va - s->leaf_start) >> PAGE_SHIFT);
}
static inline uintptr_t leaf_end(uintptr_t va, uintptr_t end) { return min(align_down(va, LEAF_SPAN) + LEAF_SPAN, end); }

/* The first entry from e on, below end, that is not empty; end: none. Mappings are mostly holes. */
static always_inline pte_t *entry_next(pte_t *e, pte_t *end)
{
	while (e < end && !e->raw) {
		for (
		     e++; e + 8 <= end && !(e[0].raw | e[1].raw | e[2].raw | e[3].raw | e[4].raw | e[5].raw | e[6].raw | e[7].raw); )
			e += 8;
	}
	return e;
}

/* map.c */
result(unit) unmap_locked(struct vm_space *s, vm_space_locked l, uintptr_t start, uintptr_t end,
			  struct can_sleep cs);
/* Where a mapping may go: at `want` if fixed (checked), at it as a hint, or anywhere. ENOMEM,
 * EINVAL, EPERM, EEXIST. */
struct placement {
	uintptr_t want;
	size_t bytes;
	bool fixed, no_replace, below_2g;
	struct vma *next;		/* out: the mapping that comes after the place; not if fixed */
};
result(uintptr_t) place_find(vm_space_locked l, struct placement *p);

/* fault.c */
int fault_locked(struct vm_space *s, vm_space_locked l, uintptr_t va, unsigned access,
		 struct can_sleep cs);
