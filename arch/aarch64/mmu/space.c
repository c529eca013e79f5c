/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program's page tables: made on demand, freed by whole tables. Whoever calls holds the lock of
 * the address space, so tables change under one hand; CPUs that run the space read them meanwhile,
 * which is why a table is empty before it is linked, and unlinked and forgotten by the CPUs before
 * it is used again.
 */
#include <murre/page.h>
#include <arm64/kernel_map.h>
#include "table.h"

/*
 * Every table but the root is on its space's list, so that the end of a program need not search for
 * them. Unlinked ones that a CPU may still have cached wait on a list of the same kind.
 */
static struct table_list *tables_of(struct arch_space *s)
{
	return container_of(&s->tables, struct table_list, head);
}
static uintptr_t span_of(unsigned level) { return PAGE_SIZE << 9 * level; }

result(unit) arch_space_init(struct arch_space *s)
{
	RETURNS(unit);
	own(page_ref, p, TRY(table_take()));

	*s = (struct arch_space){ .root = page_bytes(at(p)), .root_frame = page_paddr(at(p)), .table_pages = 1 };
	(void)into_count(give(p));
	table_list_init(tables_of(s));
	return DONE;
}

/*
 * Tables come back empty: their own entries were cleared when the mappings went, and here each
 * clears the one that names it (its address is in private_data). All of them before the first is
 * put back: it may be in use again at once.
 */
static void tables_put(struct table_list *l)
{
	struct page *p;

	list_each(table, t, l)
		((pte_t *)t->private_data)->raw = 0;
	while ((p = table_list_pop_front(l)))
		table_put(p);
}

/* The table that `link` names and all below it; level 0 is a leaf. */
static void tables_unlink(struct arch_space *s, struct table_list *dead, pte_t link, unsigned level)
{
	struct page *p = page_of_frame(pte_pfn(link));
	pte_t *table = arm64_table_of(link);

	for (unsigned i = 0; level > 0 && i < PTES_PER_LEAF; i++)
		if (table[i].raw & ARM64_PTE_VALID)
			tables_unlink(s, dead, table[i], level - 1);
	s->table_pages--;
	table_list_remove(p);
	table_list_push_front(dead, p);
}

void arch_space_fini(struct arch_space *s)
{
	/* A CPU that went on to a kernel task still has the tables loaded. */
	if (this_cpu(arm64_space_loaded) == s)
		arm64_space_load(NULL);
	tables_put(tables_of(s));
	table_put(page_of_frame(pfn_of_paddr(s->root_frame)));
	*s = (struct arch_space){};
}

static result(unit) table_link(struct arch_space *s, pte_t *entry)
{
	RETURNS(unit);
	own(page_ref, p, TRY(table_take()));

	s->table_pages++;
	at(p)->private_data = (uintptr_t)entry;
	table_list_push_front(tables_of(s), at(p));
	/* Other CPUs that run the space may walk through the entry at once. */
	__atomic_store_n(&entry->raw, arm64_table_link(page_paddr(at(p))).raw, __ATOMIC_RELEASE);
	(void)into_count(give(p));
	return DONE;
}

result(pte_ptr) arch_pte_get(struct arch_space *s, uintptr_t va)
{
	RETURNS(pte_ptr);
	pte_t *table = s->root;

	for (unsigned level = 3; level > 0; level--) {
		pte_t *entry = &table[arm64_table_index(va, level)];

		if (unlikely(!(entry->raw & ARM64_PTE_VALID)))
			TRY(table_link(s, entry));
		table = arm64_table_of(*entry);
	}
	return OK(pte_ptr, table + arm64_table_index(va, 0));
}

/* What the tables of one level may be freed for. */
struct unmapped { uintptr_t start, end, floor, ceiling; };

/* Unlinks tables below the entries of `table`, whose first one maps `base`, along the unmapped
 * addresses. */
static void tables_unlink_in(struct arch_space *s, struct table_list *dead, pte_t *table,
			     uintptr_t base, unsigned level, const struct unmapped *u)
{
	uintptr_t span = span_of(level);
	uintptr_t i = u->start > base ? (u->start - base) / span : 0;

	for (; i < PTES_PER_LEAF && base + i * span < u->end; i++) {
		uintptr_t va = base + i * span;
		pte_t link = table[i];

		if (!(link.raw & ARM64_PTE_VALID))
			continue;
		if (va >= u->floor && va + span <= u->ceiling) {
			table[i] = PTE_NONE;
			tables_unlink(s, dead, link, level - 1);
		} else if (level > 1) {
			tables_unlink_in(s, dead, arm64_table_of(link), va, level - 1, u);
		}
	}
}

void arch_tables_free(struct arch_space *s, uintptr_t start, uintptr_t end, uintptr_t floor,
		      uintptr_t ceiling)
{
	struct unmapped u = { start, end, floor, ceiling };
	struct table_list dead;

	table_list_init(&dead);
	tables_unlink_in(s, &dead, s->root, 0, 3, &u);
	if (table_list_empty(&dead))
		return;
	arch_tlb_flush_space(s);
	tables_put(&dead);
}

uintptr_t arch_leaf_next(struct arch_space *s, uintptr_t va, uintptr_t end)
{
	while (va < end) {
		pte_t *table = s->root;
		unsigned level = 3;

		while (level > 0) {
			pte_t e = read_once(table[arm64_table_index(va, level)]);

			if (!(e.raw & ARM64_PTE_VALID))
				break;
			table = arm64_table_of(e);
			level--;
		}
		if (level == 0)
			return va;
		va = align_down(va, span_of(level)) + span_of(level);
	}
	return end;
}
