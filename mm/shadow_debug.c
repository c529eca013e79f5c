/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow memory (murre/shadow.h): marking ranges, checking them, and the functions that the compiler's checks call. The
 * shadow of memory belongs to whoever owns the memory, so there is no lock. Until shadow_start one page of zeros stands
 * for all of it, which the checks may have scribbled on: what they say before does not count. The names and the layout of
 * struct checked_global are the compiler's (libasan's interface).
 */
#include <arch/mmu.h>
#include <arch/shadow.h>
#include <murre/base/access.h>
#include <murre/compiler_hooks.h>
#include <murre/log.h>
#include <murre/shadow.h>
#include <murre/task.h>
#include "shadow.h"

#define GRANULE 8ul
enum { FILES_MAX = 1024 };

bool shadow_watching;
static struct checked_globals files[FILES_MAX];
static unsigned file_count;

/* Marking. --------------------------------------------------------------------------------------------------------- */

static void fill(uint8_t *from, uint8_t *to, uint8_t byte)
{
	uint64_t word = byte * 0x0101010101010101ul;

	for (; from < to && ((uintptr_t)from & 7); from++)
		*from = byte;
	for (; from + 8 <= to; from += 8)
		*(uint64_t *)from = word;
	for (; from < to; from++)
		*from = byte;
}

void shadow_poison(const void *p, size_t n, enum shadow_kind kind)
{
	if (shadow_watching)
		fill(arch_shadow_of(p), arch_shadow_of((const char *)p + n + GRANULE - 1), (uint8_t)kind);
}

void shadow_unpoison(const void *p, size_t n)
{
	uint8_t *last = arch_shadow_of((const char *)p + n);

	if (!shadow_watching)
		return;
	fill(arch_shadow_of(p), last, 0);
	if (n % GRANULE)
		*last = n % GRANULE;
}

result(unit) shadow_map(uintptr_t start, size_t bytes) { return arch_shadow_map(start, bytes); }

void shadow_start(void)
{
	shadow_watching = true;
	for (void (*const *mark)(void) = constructors_start; mark < constructors_end; mark++)
		(*mark)();
}

/* Checking. -------------------------------------------------------------------------------------------------------- */

/* May the bytes of this granule up to `last` (0..7) be touched? */
static inline bool granule_ok(uint8_t shadow, unsigned last) { return shadow == 0 || (shadow < GRANULE && last < shadow); }

/* The first byte of [p, p + n) that may not be touched; NULL: none. */
const void *shadow_first_bad(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p, end = at + n;

	while (at < end) {
		const uint8_t *shadow = arch_shadow_of((void *)at);
		uintptr_t next = align_down(at, GRANULE) + GRANULE;

		if (is_aligned((uintptr_t)shadow, 8) && end - at >= 8 * GRANULE && *(const uint64_t *)shadow == 0) {
			at = align_down(at, GRANULE) + 8 * GRANULE;
			continue;
		}
		if (!granule_ok(*shadow, (unsigned)((min(next, end) - 1) % GRANULE)))
			return (void *)max(at, *shadow < GRANULE ? align_down(at, GRANULE) + *shadow : at);
		at = next;
	}
	return NULL;
}

void memory_check(const void *p, size_t n, bool writes, uintptr_t ip)
{
	uintptr_t at = (uintptr_t)p;

	if (!shadow_watching || n == 0)
		return;
	if (unlikely(at < DIRECT_MAP_BASE || at + n < at))
		shadow_report(p, n, writes, ip);
	if (unlikely(shadow_first_bad(p, n) != NULL))
		shadow_report(p, n, writes, ip);
}

/* The compiler's calls. -------------------------------------------------------------------------------------------- */

#define REPORTS(bytes) \
	void __asan_report_load##bytes##_noabort(const void *p) \
	{ \
		shadow_report(p, bytes, false, (uintptr_t)__builtin_return_address(0)); \
	} \
	void __asan_report_store##bytes##_noabort(const void *p) \
	{ \
		shadow_report(p, bytes, true, (uintptr_t)__builtin_return_address(0)); \
	}
REPORTS(1)
REPORTS(2)
REPORTS(4)
REPORTS(8)
REPORTS(16)

void __asan_report_load_n_noabort(const void *p, size_t n)
{
	shadow_report(p, n, false, (uintptr_t)__builtin_return_address(0));
}

void __asan_report_store_n_noabort(const void *p, size_t n)
{
	shadow_report(p, n, true, (uintptr_t)__builtin_return_address(0));
}

/* What stands above on this stack is left without its own clearing up. */
void __asan_handle_no_return(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	const struct task *t = current();

	if (t && here - t->kernel_stack < KERNEL_STACK_SIZE)
		shadow_unpoison((void *)here, t->kernel_stack + KERNEL_STACK_SIZE - here);
}

void __asan_poison_stack_memory(const void *p, size_t n)
{
	shadow_poison(p, align_down(n, GRANULE), SHADOW_STACK_SCOPE);
}

void __asan_unpoison_stack_memory(const void *p, size_t n) { shadow_unpoison(p, n); }

void __asan_register_globals(const struct checked_global *globals, size_t n)
{
	kernel_assert(file_count < FILES_MAX);
	files[file_count++] = (struct checked_globals){ globals, n };
	for (size_t i = 0; i < n; i++) {
		const struct checked_global *g = &globals[i];
		size_t used = align_up(g->bytes, GRANULE);

		shadow_unpoison(g->start, g->bytes);
		shadow_poison(g->start + used, g->bytes_with_red - used, SHADOW_GLOBAL);
	}
}

const struct checked_global *shadow_global_at(const void *p)
{
	for (unsigned f = 0; f < file_count; f++)
		for (size_t i = 0; i < files[f].count; i++) {
			const struct checked_global *g = &files[f].globals[i];

			if ((const char *)p >= g->start && (const char *)p < g->start + g->bytes_with_red)
				return g;
		}
	return NULL;
}
