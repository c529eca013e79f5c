/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that were written as data (Arm ARM, B2.4.4): the data cache is cleaned as far as fetches look, then the
 * instruction caches of all CPUs forget. CPUs say which of the two they do not need. A page is published when it is first
 * mapped for programs to run.
 */
#include <arm64/cpu.h>
#include <arm64/kernel_map.h>
#include <arm64/registers.h>
#include <murre/page.h>

static void data_clean(uintptr_t start, uintptr_t end)
{
	size_t line = arm64_features.data_line;

	for (uintptr_t at = align_down(start, line); at < end; at += line)
		__asm__ volatile("dc cvau, %0" :: "r"(at) : "memory");
}

/* By lines only where addresses of another mapping name the same lines. */
static void code_forget(uintptr_t start, uintptr_t end)
{
	size_t line = arm64_features.code_line;

	if (!arm64_features.code_lines_by_physical) {
		__asm__ volatile("ic ialluis" ::: "memory");
		return;
	}
	for (uintptr_t at = align_down(start, line); at < end; at += line)
		__asm__ volatile("ic ivau, %0" :: "r"(at) : "memory");
}

void arm64_code_written(const void *bytes, size_t n)
{
	uintptr_t start = (uintptr_t)bytes, end = start + n;

	if (!arm64_features.data_is_fetched)
		data_clean(start, end);
	__asm__ volatile("dsb ish" ::: "memory");
	if (arm64_features.code_is_coherent)
		return;
	code_forget(start, end);
	__asm__ volatile("dsb ish" ::: "memory");
	instruction_barrier();
}

void arm64_code_publish(pte_t e)
{
	struct page *p = page_of_frame(pte_pfn(e));

	if (likely(read_once(p->flags) & PAGE_CODE_PUBLISHED))
		return;
	/* First: what is written while this runs makes it be done again. */
	__atomic_or_fetch(&p->flags, (uint16_t)PAGE_CODE_PUBLISHED, __ATOMIC_RELAXED);
	arm64_code_written(page_bytes(p), PAGE_SIZE);
}
