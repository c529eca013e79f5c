/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forgetting cached translations, and which address space identifier a program's carry. The instructions reach all CPUs
 * by themselves. Identifiers are handed out upwards; when they run out a new generation begins: every translation of a
 * program is forgotten, and every space takes a new identifier when it runs next. A space that never ran has none, and
 * nothing cached.
 */
#include <arm64/cpu.h>
#include <arm64/kernel_map.h>
#include <arm64/registers.h>
#include <murre/lock.h>

/* More pages than this: forgetting the whole space costs less than naming each. */
#define PAGES_NAMED_MOST 64
#define ASID_SHIFT 48
#define ASID_BITS_MOST 16

PER_CPU(struct arch_space *, arm64_space_loaded);

/* Context numbers count up: the identifier is their lower bits, the generation the upper ones. 0 is nobody's. */
struct contexts { uint64_t next; };
DEFINE_GUARDED_IRQ(contexts, struct contexts, RANK_CONTEXTS)
static guarded(contexts) contexts;

static uint64_t asid_mask(void) { return (1ull << arm64_features.asid_bits) - 1; }
static uint64_t asid_of(const struct arch_space *s) { return s->context & asid_mask(); }

/* Identifier 0 is for the empty tables. */
static uint64_t context_next(struct contexts *c)
{
	if (c->next == 0)
		c->next = 1ull << ASID_BITS_MOST;
	if ((++c->next & asid_mask()) == 0) {
		arm64_kernel_flush();
		c->next++;
	}
	return c->next;
}

static bool is_current(const struct contexts *c, const struct arch_space *s)
{
	return s->context && (s->context ^ read_once(c->next)) >> arm64_features.asid_bits == 0;
}

static cold_path void context_take(struct arch_space *s)
{
	hold(contexts, c, &contexts);

	if (!is_current(in(c), s))
		s->context = context_next(in(c));
}

void arm64_space_load(struct arch_space *s)
{
	this_cpu(arm64_space_loaded) = s;
	if (!s) {
		write_register(ttbr0_el1, virt_to_phys(arm64_empty_root).raw);
		instruction_barrier();
		return;
	}
	if (unlikely(!is_current(peek(&contexts), s)))
		context_take(s);
	write_register(ttbr0_el1, s->root_frame.raw | asid_of(s) << ASID_SHIFT);
	instruction_barrier();
}

static void page_forget(const struct arch_space *s, uintptr_t va)
{
	__asm__ volatile("tlbi vale1is, %0"
			 :: "r"(asid_of(s) << ASID_SHIFT | (va >> PAGE_SHIFT & ((1ul << 44) - 1))) : "memory");
}

void arch_tlb_flush_page(struct arch_space *s, uintptr_t va) { arch_tlb_flush_range(s, va, va + PAGE_SIZE); }

void arch_tlb_flush_range(struct arch_space *s, uintptr_t start, uintptr_t end)
{
	if (!s->context)
		return;
	if ((end - start) / PAGE_SIZE > PAGES_NAMED_MOST) {
		arch_tlb_flush_space(s);
		return;
	}
	__asm__ volatile("dsb ishst" ::: "memory");
	for (uintptr_t va = start; va < end; va += PAGE_SIZE)
		page_forget(s, va);
	__asm__ volatile("dsb ish" ::: "memory");
}

void arch_tlb_flush_space(struct arch_space *s)
{
	if (!s->context)
		return;
	__asm__ volatile("dsb ishst\n"
			 "	tlbi aside1is, %0\n"
			 "	dsb ish"
			 :: "r"(asid_of(s) << ASID_SHIFT) : "memory");
}
