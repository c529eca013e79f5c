/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow memory of the debug kernel: one byte says of eight bytes of kernel memory whether they may be touched. 0: all of
 * them; 1 to 7: the first so many; a kind below: none. The compiler checks it before each access that it generates
 * (-fsanitize=kernel-address), base/access.h the others. Who gives memory out and takes it back keeps it. Any context.
 */
#pragma once
#include <murre/base/types.h>
#include <murre/base/result.h>

/* The compiler's own kinds stand among them: its numbers. */
enum shadow_kind {
	SHADOW_STACK_LEFT = 0xf1, SHADOW_STACK_MIDDLE = 0xf2, SHADOW_STACK_RIGHT = 0xf3,
	SHADOW_STACK_SCOPE = 0xf8,		/* of a variable whose block was left */
	SHADOW_GLOBAL = 0xf9,			/* between global variables */
	SHADOW_SLAB_RED = 0xfa,			/* beside an object */
	SHADOW_SLAB_FREED = 0xfb,
	SHADOW_PAGE_RED = 0xfd,			/* behind a buffer of whole pages */
	SHADOW_PAGE_FREED = 0xfe,
};

#ifdef ARCH_SHADOW_OFFSET

/* p is aligned to 8, n is rounded up to 8. */
void shadow_poison(const void *p, size_t n, enum shadow_kind kind);
/* The last eight bytes may be used up to p + n only. */
void shadow_unpoison(const void *p, size_t n);
/* Shadow of its own for a part of the kernel's dynamic range, all clear; it stays for good. ENOMEM. */
result(unit) shadow_map(uintptr_t start, size_t bytes);
/* kernel_main's first step: from here on reports count. Marks the global variables. */
void shadow_start(void);

#else

static inline void shadow_poison(const void *p, size_t n, enum shadow_kind kind) {}
static inline void shadow_unpoison(const void *p, size_t n) {}
static inline result(unit) shadow_map(uintptr_t start, size_t bytes) { return DONE; }
static inline void shadow_start(void) {}

#endif
