/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shows the handle audit of debug kernels all memory that may hold a handle: data of the image, and frames that the
 * kernel has taken for slabs and for itself. Memory of programs and of files holds none. Stacks are the audit's own part:
 * their pages are passed over here. Free slab objects and frames are wiped by whoever frees them.
 */
#include <murre/handle_scan.h>
#include <murre/start.h>
#include "frames.h"
#include "slab.h"
#include "watch.h"

/* From the linker script. */
extern char rodata_end[], start_data_start[], start_data_end[], kernel_end[];

static uintptr_t page_start_of(const struct page *p) { return (uintptr_t)page_bytes(p); }

static uintptr_t object_start(const struct slab_state *s, uintptr_t address)
{
	uintptr_t block = align_down(address, PAGE_SIZE << s->order);

	return block + (address - block) / s->object_bytes * s->object_bytes;
}

static bool is_shown(uint64_t chunk) { return peek(&all_frames)->chunk_seen[chunk / 8] >> chunk % 8 & 1; }

static uintptr_t base_find(uintptr_t address)
{
	uint64_t pfn = (address - DIRECT_MAP_BASE) >> PAGE_SHIFT, chunk = pfn / CHUNK_FRAMES;

	if (address < DIRECT_MAP_BASE || chunk >= peek(&all_frames)->chunk_limit || !is_shown(chunk))
		return 0;
	const struct page *p = page_of_frame((pfn_t){ pfn });
	if (p->kind == PAGE_SLAB)
		return object_start(slab_cache_of(p)->state, address);
	return p->kind == PAGE_KERNEL && refcount_read(&p->refs) ? page_start_of(p) : 0;
}

static void block_scan(const struct page *p)
{
	uintptr_t start = page_start_of(p);

	if (p->kind == PAGE_KERNEL && p->flags & PAGE_IS_STACK)
		return;
	for (uintptr_t at = start; at < start + (PAGE_SIZE << p->order); at += PAGE_SIZE)
		if (!handle_scan_is_audit(at))
			handle_scan_words(at, at + PAGE_SIZE);
}

static void chunk_scan(uint64_t first)
{
	for (uint64_t n = first; n < first + CHUNK_FRAMES;) {
		const struct page *p = page_of_frame((pfn_t){ n });
		bool is_kernels = p->kind == PAGE_SLAB || p->kind == PAGE_KERNEL;

		is_kernels = is_kernels && refcount_read(&p->refs) > 0 && frames_has(n);
		if (is_kernels)
			block_scan(p);
		n += is_kernels ? 1ul << p->order : 1;
	}
}

/* Through the direct map: the image itself has holes, the guard pages of its stacks. */
static void image_scan(uintptr_t from, uintptr_t end)
{
	for (; from < end; from += PAGE_SIZE) {
		uintptr_t at = (uintptr_t)phys_to_virt(virt_to_phys((void *)from));

		if (!handle_scan_is_audit(from))
			handle_scan_words(at, at + PAGE_SIZE);
	}
}

static void scan(void)
{
	irq_state s = arch_irq_save();

	handle_scan_begin(base_find);
	image_scan((uintptr_t)rodata_end, (uintptr_t)start_data_start);
	image_scan((uintptr_t)start_data_end, (uintptr_t)kernel_end);
	for (uint64_t chunk = 0; chunk < peek(&all_frames)->chunk_limit; chunk++)
		if (is_shown(chunk))
			chunk_scan(chunk * CHUNK_FRAMES);
	handle_scan_end();
	arch_irq_restore(s);
}

START_TASK(handle_scan_start, needs(handle_audit_start))
{
	handle_scan = scan;
}
