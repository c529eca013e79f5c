/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clearing a page: by string stores where the CPU does them by whole cache lines, else by 16-byte
 * stores. The latter borrow XMM0, which holds some program's state: it is put back before anything
 * else can run here, so nobody notices.
 */
#include <arch/mmu.h>
#include <murre/lock.h>
#include <x86/cpu.h>

static void clear_by_strings(void *page)
{
	size_t words = PAGE_SIZE / 8;

	__asm__ volatile("rep stosq" : "+D"(page), "+c"(words) : "a"(0ul) : "memory");
}

static void clear_by_vectors(char *page)
{
	char saved[16] not_zeroed;	/* written by the first instruction */

	__asm__ volatile("movups %%xmm0, %0; xorps %%xmm0, %%xmm0" : "=m"(saved));
	for (const char *end = page + PAGE_SIZE; page < end; page += 256)
		__asm__ volatile(".irp at, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, "
				 "192, 208, 224, 240\n"
				 "	movaps %%xmm0, \\at(%0)\n"
				 ".endr" ::"r"(page)
				 : "memory");
	__asm__ volatile("movups %0, %%xmm0" :: "m"(saved));
}

void arch_page_clear(void *page)
{
	memory_writes(page, PAGE_SIZE);
	if (x86_features.fast_strings) {
		clear_by_strings(page);
		return;
	}
	preempt_disable();
	clear_by_vectors(page);
	preempt_enable();
}
