/* SPDX-License-Identifier: GPL-2.0-only */
/* Clearing a page: by DC ZVA, a cache block at a time, where the CPU permits it; else by pairs of stores. */
#include <arch/mmu.h>
#include <arm64/cpu.h>

void arch_page_clear(void *page)
{
	char *end = (char *)page + PAGE_SIZE, *at = page;
	size_t block = arm64_features.zero_block;

	if (likely(block == 64)) {
		for (; at < end; at += 4 * 64)
			__asm__ volatile("dc zva, %0; dc zva, %1; dc zva, %2; dc zva, %3"
					 :: "r"(at), "r"(at + 64), "r"(at + 128), "r"(at + 192) : "memory");
		return;
	}
	if (block) {
		for (; at < end; at += block)
			__asm__ volatile("dc zva, %0" :: "r"(at) : "memory");
		return;
	}
	for (; at < end; at += 64)
		__asm__ volatile("stp xzr, xzr, [%0]\n"
				 "	stp xzr, xzr, [%0, #16]\n"
				 "	stp xzr, xzr, [%0, #32]\n"
				 "	stp xzr, xzr, [%0, #48]"
				 :: "r"(at) : "memory");
}
