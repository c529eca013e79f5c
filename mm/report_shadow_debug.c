/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report of an access that shadow memory forbids: what kind, where, of how many bytes, what is there and who had it.
 * It ends in a panic, so it is made once; checks are off from its first step on.
 */
#include <arch/mmu.h>
#include <arch/shadow.h>
#include <murre/log.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "frames.h"
#include "shadow.h"

/* What the compiler leaves at the low end of a frame with checked variables. */
#define FRAME_MAGIC 0x41b58ab3ul
struct checked_frame { uint64_t magic; const char *variables; uintptr_t function; };
enum { FRAME_MOST = 4096 };

static const struct { uint8_t kind; const char *what; } kinds[] = {
	{ SHADOW_STACK_LEFT, "stack-out-of-bounds" }, { SHADOW_STACK_MIDDLE, "stack-out-of-bounds" },
	{ SHADOW_STACK_RIGHT, "stack-out-of-bounds" }, { SHADOW_STACK_SCOPE, "stack-use-after-scope" },
	{ SHADOW_GLOBAL, "global-out-of-bounds" }, { SHADOW_SLAB_RED, "slab-out-of-bounds" },
	{ SHADOW_SLAB_FREED, "slab-use-after-free" }, { SHADOW_PAGE_RED, "pages-out-of-bounds" },
	{ SHADOW_PAGE_FREED, "page-use-after-free" },
};

/* A granule that is partly used does not say what follows it: its right neighbour does. */
static const char *what_is(const void *bad)
{
	const uint8_t *shadow = arch_shadow_of(bad);
	uint8_t kind = *shadow > 0 && *shadow < 8 ? shadow[1] : *shadow;

	for (unsigned i = 0; i < array_size(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].what;
	return "out-of-bounds";
}

static bool is_on_stack(const void *p)
{
	return (uintptr_t)p - current()->kernel_stack < KERNEL_STACK_SIZE;
}

/* The frame's low end is the nearest left red zone below. */
static void describe_stack(const void *p)
{
	uintptr_t at = align_down((uintptr_t)p, 8ul), lowest = max(at - FRAME_MOST, current()->kernel_stack);
	const struct checked_frame *f;
	size_t offset = 0;

	while (at > lowest && *arch_shadow_of((void *)at) != SHADOW_STACK_LEFT)
		at -= 8;
	while (at > lowest && *arch_shadow_of((void *)(at - 8)) == SHADOW_STACK_LEFT)
		at -= 8;
	f = (const struct checked_frame *)at;
	if (at <= lowest || f->magic != FRAME_MAGIC)
		return;
	log_print(LOG_EMERG, "byte %ld of the frame of %s with (count, then offset, size, length of name, name:line) %s",
		  (long)((uintptr_t)p - at), symbol_find(f->function, &offset) ?: "?", f->variables);
}

static void describe_global(const void *p)
{
	const struct checked_global *g = shadow_global_at(p);

	if (g)
		log_print(LOG_EMERG, "byte %ld of the variable %s of %s, which has %zu",
			  (long)((const char *)p - g->start), g->name, g->file, g->bytes);
}

/* Is there a struct page for it? No lock: who is reported may hold it. */
static bool has_page(const void *p)
{
	uintptr_t at = (uintptr_t)p;
	uint64_t pfn = pfn_of_paddr(virt_to_phys(p)).raw, chunk = pfn / CHUNK_FRAMES;

	return at >= DIRECT_MAP_BASE && at < DIRECT_MAP_END && frames_has(pfn) &&
	       peek(&all_frames)->chunk_seen[chunk / 8] >> chunk % 8 & 1;
}

static void describe(const void *p)
{
	if (current() && is_on_stack(p))
		describe_stack(p);
	else if (!has_page(p))
		describe_global(p);
	else if (!slab_watch_describe(p))
		page_watch_describe(p);
}

void shadow_report(const void *p, size_t n, bool writes, uintptr_t ip)
{
	size_t offset = 0;
	const char *place = symbol_find(ip - 1, &offset), *what = "wild access";
	const void *bad = p;

	if (!__atomic_exchange_n(&shadow_watching, false, __ATOMIC_SEQ_CST) || panic_in_progress())
		return;
	report_open();
	if ((uintptr_t)p >= DIRECT_MAP_BASE) {
		bad = shadow_first_bad(p, n) ?: p;
		what = what_is(bad);
		describe(bad);
	}
	panic("KASAN: %s: %s of %zu bytes at %p in %s+%#zx", what, writes ? "write" : "read", n, p, place ? place : "?",
	      offset + 1);
}
