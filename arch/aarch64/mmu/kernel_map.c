/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of the tables after boot: windows and the dynamic range, and the image's last rights. Who maps into
 * the dynamic range owns those addresses; the tables below it are made once and stay, and two CPUs may make the same one
 * at the same time: the first to publish it wins.
 */
#include <arm64/image.h>
#include <arm64/kernel_map.h>
#include <arm64/registers.h>
#include <murre/log.h>
#include <murre/page.h>

aligned_to(4096) pte_t arm64_kernel_root[PTES_PER_LEAF];
aligned_to(4096) pte_t arm64_empty_root[PTES_PER_LEAF];

static read_only_after_start uintptr_t window_next = ARM64_WINDOW_BASE;

static pte_t *window_entry(uintptr_t va)
{
	uintptr_t page = (va - ARM64_WINDOW_BASE) >> PAGE_SHIFT;

	return &arm64_window_tables[page / PTES_PER_LEAF][page % PTES_PER_LEAF];
}

/* What was written to a table is there before anything that follows uses it. */
static void tables_written(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	instruction_barrier();
}

void arm64_kernel_page_flush(uintptr_t va)
{
	__asm__ volatile("dsb ishst\n"
			 "	tlbi vaale1is, %0\n"
			 "	dsb ish\n"
			 "	isb"
			 :: "r"(va >> PAGE_SHIFT & ((1ul << 44) - 1)) : "memory");
}

void arm64_kernel_flush(void)
{
	__asm__ volatile("dsb ishst\n"
			 "	tlbi vmalle1is\n"
			 "	dsb ish\n"
			 "	isb"
			 ::: "memory");
}

void *arm64_window_map(paddr_t pa, size_t bytes, unsigned prot)
{
	size_t skipped = pa.raw & ~PAGE_MASK, n;
	uintptr_t va = window_next;

	if (bytes > ARM64_WINDOW_END - ARM64_WINDOW_BASE)
		return NULL;
	n = pages_for(skipped + bytes);
	if (n > (ARM64_WINDOW_END - va) / PAGE_SIZE)
		return NULL;
	for (size_t i = 0; i < n; i++)
		pte_set(window_entry(va + i * PAGE_SIZE),
			arm64_kernel_entry(paddr((pa.raw & PAGE_MASK) + i * PAGE_SIZE), prot));
	tables_written();
	window_next = va + n * PAGE_SIZE;
	return (void *)(va + skipped);
}

uintptr_t arm64_windows_mark(void) { return window_next; }

void arm64_windows_restore(uintptr_t mark)
{
	while (window_next > mark) {
		window_next -= PAGE_SIZE;
		pte_set(window_entry(window_next), PTE_NONE);
		arm64_kernel_page_flush(window_next);
	}
}

/* The small-page entry of a kernel address whose tables exist. */
static pte_t *kernel_pte(uintptr_t va)
{
	pte_t *table = arm64_kernel_root;

	for (unsigned level = 3; level > 0; level--)
		table = arm64_table_of(table[arm64_table_index(va, level)]);
	return &table[arm64_table_index(va, 0)];
}

/* The table below an entry of the kernel's half, made if it is missing. */
static result(pte_ptr) table_below(pte_t *entry)
{
	RETURNS(pte_ptr);
	uint64_t nothing = 0, link;

	if (!(read_once(entry->raw) & ARM64_PTE_VALID)) {
		own(page_ref, p, TRY(page_alloc(0, PAGE_ZERO, PAGE_TABLE)));

		link = arm64_table_link(page_paddr(at(p))).raw;
		if (__atomic_compare_exchange_n(&entry->raw, &nothing, link, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			(void)into_count(give(p));
	}
	return OK(pte_ptr, arm64_table_of(read_once(*entry)));
}

static result(pte_ptr) dynamic_pte(uintptr_t va)
{
	RETURNS(pte_ptr);
	pte_t *table = arm64_table_of(arm64_kernel_root[arm64_table_index(va, 3)]);

	table = TRY(table_below(&table[arm64_table_index(va, 2)]));
	table = TRY(table_below(&table[arm64_table_index(va, 1)]));
	return OK(pte_ptr, &table[arm64_table_index(va, 0)]);
}

result(unit) arch_kernel_map(uintptr_t va, paddr_t pa, size_t bytes, unsigned prot)
{
	RETURNS(unit);

	kernel_assert(va >= KERNEL_DYNAMIC_BASE && va < KERNEL_DYNAMIC_END && bytes <= KERNEL_DYNAMIC_END - va);
	for (size_t done = 0; done < bytes; done += PAGE_SIZE) {
		attempt(entry, err, dynamic_pte(va + done));

		if (err) {
			arch_kernel_unmap(va, done);
			return FAIL(err);
		}
		pte_set(entry, arm64_kernel_entry(paddr_add(pa, done), prot));
	}
	tables_written();
	return DONE;
}

void arch_kernel_unmap(uintptr_t va, size_t bytes)
{
	for (size_t done = 0; done < bytes; done += PAGE_SIZE) {
		pte_set(kernel_pte(va + done), PTE_NONE);
		arm64_kernel_page_flush(va + done);
	}
}

static void make_read_only(const char *start, const char *end)
{
	for (const char *p = start; p < end; p += PAGE_SIZE) {
		pte_t *e = kernel_pte((uintptr_t)p);

		pte_set(e, pte_write_protect(*e));
	}
}

/* The image loses a part that only the start needed, and its frames become ordinary memory. */
static void part_give_away(char *start, char *end)
{
	for (char *p = start; p < end; p += PAGE_SIZE) {
		pte_set(kernel_pte((uintptr_t)p), PTE_NONE);
		pte_set(kernel_pte((uintptr_t)phys_to_virt(virt_to_phys(p))),
			arm64_kernel_entry(virt_to_phys(p), PTE_READ | PTE_WRITE));
	}
	arm64_kernel_flush();
	page_free_range(virt_to_phys(start), (uint64_t)(end - start));
}

void arch_kernel_protect(void)
{
	make_read_only(ro_after_start_start, ro_after_start_end);
	make_read_only(phys_to_virt(virt_to_phys(ro_after_start_start)), (char *)phys_to_virt(virt_to_phys(ro_after_start_end)));
	arm64_kernel_flush();
	part_give_away(start_text_start, start_text_end);
	part_give_away(start_data_start, start_data_end);
}
