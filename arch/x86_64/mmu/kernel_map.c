/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of the tables after boot: windows and the dynamic range, and the image's last
 * rights. Who maps into the dynamic range owns those addresses; the tables below it are made once
 * and stay, and two CPUs may make the same one at the same time: the first to publish it wins.
 */
#include <murre/log.h>
#include <murre/page.h>
#include <x86/image.h>
#include <x86/kernel_map.h>
#include <x86/registers.h>

aligned_to(4096) pte_t x86_kernel_root[PTES_PER_LEAF];
read_only_after_start uint16_t x86_kernel_entries[PTES_PER_LEAF / 2];
read_only_after_start unsigned x86_kernel_entry_count;

#define TABLE_LINK (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED)

static read_only_after_start uintptr_t window_next = X86_WINDOW_BASE;

start_code void x86_kernel_entries_note(void)
{
	for (unsigned i = PTES_PER_LEAF / 2; i < PTES_PER_LEAF; i++)
		if (x86_kernel_root[i].raw & X86_PTE_PRESENT)
			x86_kernel_entries[x86_kernel_entry_count++] = (uint16_t)i;
}

/* The small-page entry of a kernel address whose tables exist. */
static pte_t *kernel_pte(uintptr_t va)
{
	pte_t *table = x86_kernel_root;

	for (unsigned level = 3; level > 0; level--)
		table = x86_table_of(table[x86_table_index(va, level)]);
	return &table[x86_table_index(va, 0)];
}

static void flush_kernel_page(uintptr_t va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

static pte_t kernel_entry(paddr_t pa, unsigned prot)
{
	return (pte_t){ pte_make(pfn_of_paddr(pa), prot).raw | X86_PTE_DIRTY | X86_PTE_GLOBAL };
}

void *x86_window_map(paddr_t pa, size_t bytes, unsigned prot)
{
	size_t skipped = pa.raw & ~PAGE_MASK, n;
	uintptr_t va = window_next;

	if (bytes > X86_WINDOW_END - X86_WINDOW_BASE)
		return NULL;
	n = pages_for(skipped + bytes);
	if (n > (X86_WINDOW_END - va) / PAGE_SIZE)
		return NULL;
	for (size_t i = 0; i < n; i++)
		pte_set(kernel_pte(va + i * PAGE_SIZE),
			kernel_entry(paddr((pa.raw & PAGE_MASK) + i * PAGE_SIZE), prot));
	window_next = va + n * PAGE_SIZE;
	return (void *)(va + skipped);
}

uintptr_t x86_windows_mark(void) { return window_next; }

void x86_windows_restore(uintptr_t mark)
{
	while (window_next > mark) {
		window_next -= PAGE_SIZE;
		pte_set(kernel_pte(window_next), PTE_NONE);
		flush_kernel_page(window_next);
	}
}

/* The table below an entry of the kernel's half, made if it is missing. */
static result(pte_ptr) table_below(pte_t *entry)
{
	RETURNS(pte_ptr);
	uint64_t nothing = 0, link;

	if (!(read_once(entry->raw) & X86_PTE_PRESENT)) {
		own(page_ref, p, TRY(page_alloc(0, PAGE_ZERO, PAGE_TABLE)));

		link = page_paddr(at(p)).raw | TABLE_LINK;
		if (__atomic_compare_exchange_n(&entry->raw, &nothing, link, false,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			(void)into_count(give(p));
	}
	return OK(pte_ptr, x86_table_of(read_once(*entry)));
}

static result(pte_ptr) dynamic_pte(uintptr_t va)
{
	RETURNS(pte_ptr);
	pte_t *table = x86_table_of(x86_kernel_root[x86_table_index(va, 3)]);

	table = TRY(table_below(&table[x86_table_index(va, 2)]));
	table = TRY(table_below(&table[x86_table_index(va, 1)]));
	return OK(pte_ptr, &table[x86_table_index(va, 0)]);
}

result(unit) arch_kernel_map(uintptr_t va, paddr_t pa, size_t bytes, unsigned prot)
{
	RETURNS(unit);

	kernel_assert(va >= KERNEL_DYNAMIC_BASE && va < KERNEL_DYNAMIC_END &&
		      bytes <= KERNEL_DYNAMIC_END - va);
	for (size_t done = 0; done < bytes; done += PAGE_SIZE) {
		attempt(entry, err, dynamic_pte(va + done));

		if (err) {
			arch_kernel_unmap(va, done);
			return FAIL(err);
		}
		pte_set(entry, kernel_entry(paddr_add(pa, done), prot));
	}
	return DONE;
}

void arch_kernel_unmap(uintptr_t va, size_t bytes)
{
	for (size_t done = 0; done < bytes; done += PAGE_SIZE) {
		pte_set(kernel_pte(va + done), PTE_NONE);
		flush_kernel_page(va + done);
	}
}

static void change_part(const char *start, const char *end, uint64_t clear)
{
	for (const char *p = start; p < end; p += PAGE_SIZE) {
		pte_t *e = kernel_pte((uintptr_t)p);

		pte_set(e, clear ? (pte_t){ e->raw & ~clear } : PTE_NONE);
		flush_kernel_page((uintptr_t)p);
	}
}

/* The image loses a part that only the start needed, and its frames become ordinary memory. */
static void part_give_away(char *start, char *end)
{
	change_part(start, end, 0);
	for (char *p = start; p < end; p += PAGE_SIZE) {
		char *direct = phys_to_virt(virt_to_phys(p));
		pte_t *e = kernel_pte((uintptr_t)direct);

		pte_set(e, (pte_t){ e->raw | X86_PTE_WRITE });
		flush_kernel_page((uintptr_t)direct);
	}
	page_free_range(virt_to_phys(start), (uint64_t)(end - start));
}

void arch_kernel_protect(void)
{
	change_part(ro_after_start_start, ro_after_start_end, X86_PTE_WRITE);
	for (const char *p = ro_after_start_start; p < ro_after_start_end; p += PAGE_SIZE) {
		const char *direct = phys_to_virt(virt_to_phys(p));

		change_part(direct, direct + PAGE_SIZE, X86_PTE_WRITE);
	}
	part_give_away(start_text_start, start_text_end);
	part_give_away(start_data_start, start_data_end);
}
