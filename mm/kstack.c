/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks (murre/kstack.h). The range is divided into slots of guard page and stack. A stack
 * that is put back stays mapped: a few on the CPU's list, more on a common one, linked through
 * their lowest words; beyond that its frames are freed and the slot goes on the list of free slots.
 */
#include <murre/inject.h>
#include <murre/lock.h>
#include <murre/kstack.h>
#include <murre/page.h>
#include <murre/radix.h>
#include <murre/shadow.h>
#include <murre/slab.h>
#include <murre/watch.h>
#include "dynamic.h"
#include "watch.h"

#define SLOT_SIZE (KERNEL_STACK_SIZE + PAGE_SIZE)
enum { CPU_KEPT_MAX = 8, COMMON_KEPT_MAX = 32 };

/* At the lowest address of a kept stack. */
struct kept_stack { struct kept_stack *next; };
struct cpu_stacks {
	struct kept_stack *top;
	unsigned count;
};
PER_CPU(struct cpu_stacks, cpu_stacks);

struct free_slot {
	struct free_slot *next;
	uintptr_t lowest;
};
static struct slab_cache free_slot_cache = {
	.name = "stack_slot", .size = sizeof(struct free_slot), .align = _Alignof(struct free_slot),
};

struct stack_pool {
	struct kept_stack *kept;
	unsigned kept_count;
	struct free_slot *free;
	uintptr_t next;			/* slots from here on were never used; 0: none was */
	struct radix frames;		/* slot number -> first of a stack's pages, linked by private_data */
	uint64_t mapped;		/* stacks that have frames */
};
DEFINE_GUARDED(stack_pool, struct stack_pool, RANK_WAITQ - 2)
static guarded(stack_pool) pool;

static uintptr_t common_take(void);
static uintptr_t slot_take(void);
static void slot_put(uintptr_t lowest);
static result(unit) stack_map(uintptr_t lowest);
static void stack_unmap(uintptr_t lowest);
static int frames_note(uintptr_t lowest, struct page *pages);
static void pages_release(struct page *pages);
static inline uint64_t slot_of(uintptr_t lowest) { return (lowest - STACKS_BASE) / SLOT_SIZE; }

result(uintptr_t) kstack_take(void)
{
	RETURNS(uintptr_t);
	uintptr_t lowest = 0;

	if (failure_due(INJECT_ALLOC))
		return FAIL(ENOMEM);
	preempt_disable();
	struct cpu_stacks *mine = &this_cpu(cpu_stacks);
	if (likely(mine->top)) {
		lowest = (uintptr_t)mine->top;
		mine->top = mine->top->next;
		mine->count--;
	}
	preempt_enable();
	if (likely(lowest) || (lowest = common_take())) {
		stack_link_repaint(lowest);
		return OK(uintptr_t, lowest);
	}
	lowest = slot_take();
	if (!lowest)
		return FAIL(ENOMEM);
	attempt(mapped, err, stack_map(lowest));
	if (err) {
		slot_put(lowest);
		return FAIL(err);
	}
	stack_paint(lowest);
	return OK(uintptr_t, lowest);
}

void kstack_put(uintptr_t lowest)
{
	struct kept_stack *stack = (struct kept_stack *)lowest;
	bool kept = false;

	stack_repaint(lowest);
	preempt_disable();
	struct cpu_stacks *mine = &this_cpu(cpu_stacks);
	if (likely(mine->count < CPU_KEPT_MAX)) {
		stack->next = mine->top;
		mine->top = stack;
		mine->count++;
		kept = true;
	}
	preempt_enable();
	if (likely(kept))
		return;
	{
		hold(stack_pool, p, &pool);
		if (in(p)->kept_count < COMMON_KEPT_MAX) {
			stack->next = in(p)->kept;
			in(p)->kept = stack;
			in(p)->kept_count++;
			return;
		}
	}
	stack_unmap(lowest);
	slot_put(lowest);
}

uint64_t kstack_pages(void)
{
	return read_once(peek(&pool)->mapped) * (KERNEL_STACK_SIZE / PAGE_SIZE);
}

static never_inline uintptr_t common_take(void)
{
	hold(stack_pool, p, &pool);
	struct kept_stack *stack = in(p)->kept;

	if (!stack)
		return 0;
	in(p)->kept = stack->next;
	in(p)->kept_count--;
	return (uintptr_t)stack;
}

/* An address for a stack; 0: the range is used up. */
static uintptr_t slot_take(void)
{
	struct free_slot *slot;
	uintptr_t lowest = 0;

	{
		hold(stack_pool, p, &pool);
		slot = in(p)->free;
		if (slot) {
			in(p)->free = slot->next;
		} else {
			uintptr_t base = in(p)->next ?: STACKS_BASE;

			if (base + SLOT_SIZE > STACKS_END)
				return 0;
			in(p)->next = base + SLOT_SIZE;
			lowest = base + PAGE_SIZE;
		}
	}
	if (slot) {
		lowest = slot->lowest;
		slab_put(&free_slot_cache, slot);
	}
	return lowest;
}

/* Without memory to note it the slot is lost: there are millions of them. */
static void slot_put(uintptr_t lowest)
{
	struct free_slot *slot = slab_take(&free_slot_cache);

	if (!slot)
		return;
	slot->lowest = lowest;
	hold(stack_pool, p, &pool);
	slot->next = in(p)->free;
	in(p)->free = slot;
}

static result(unit) stack_map(uintptr_t lowest)
{
	RETURNS(unit);
	struct page *pages = NULL;
	size_t mapped = 0;
	int err = 0;

	for (; !err && mapped < KERNEL_STACK_SIZE; mapped += err ? 0 : PAGE_SIZE) {
		struct page *p = into_count(value_or(page_alloc(0, PAGE_ANY, PAGE_KERNEL), none(page_ref)));

		if (!p) {
			err = ENOMEM;
			break;
		}
		page_watch_stack(p);
		p->private_data = (uintptr_t)pages;
		pages = p;
		err = error_of(arch_kernel_map(lowest + mapped, page_paddr(p), PAGE_SIZE,
					       PTE_READ | PTE_WRITE));
	}
	if (!err)
		err = error_of(shadow_map(lowest - PAGE_SIZE, SLOT_SIZE));
	if (!err)
		err = frames_note(lowest, pages);
	if (!err)
		return DONE;
	arch_kernel_unmap(lowest, mapped);
	pages_release(pages);
	return FAIL(err);
}

static void stack_unmap(uintptr_t lowest)
{
	struct page *pages;

	arch_kernel_unmap(lowest, KERNEL_STACK_SIZE);
	{
		hold(stack_pool, p, &pool);
		pages = radix_take(&in(p)->frames, slot_of(lowest));
		in(p)->mapped--;
	}
	pages_release(pages);
}

static int frames_note(uintptr_t lowest, struct page *pages)
{
	hold(stack_pool, p, &pool);
	int err = error_of(radix_put(&in(p)->frames, slot_of(lowest), pages));

	in(p)->mapped += !err;
	return err;
}

static void pages_release(struct page *pages)
{
	while (pages) {
		struct page *next = (struct page *)pages->private_data;

		page_release(pages);
		pages = next;
	}
}
