/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to memory that the compiler does not see: copies in assembler, and functions that are compiled without its
 * checks. The debug kernel looks each range up in its shadow memory (murre/shadow.h) and stops at one that is not all
 * some object's. Nothing in the ordinary kernel.
 */
#pragma once
#include <murre/base/types.h>

#ifdef ARCH_SHADOW_OFFSET

/* ip: the place to blame. */
void memory_check(const void *p, size_t n, bool writes, uintptr_t ip);
static always_inline void memory_reads(const void *p, size_t n)
{
	memory_check(p, n, false, (uintptr_t)__builtin_return_address(0));
}
static always_inline void memory_writes(void *p, size_t n)
{
	memory_check(p, n, true, (uintptr_t)__builtin_return_address(0));
}
/* May n bytes be read here although the object may end before? Within a page it does no harm, but what lies beyond is not
 * the object's, and a kernel that checks does not read it. */
static always_inline bool readable_beyond(const void *p, size_t n) { return false; }

#else

static always_inline void memory_reads(const void *p, size_t n) {}
static always_inline void memory_writes(void *p, size_t n) {}
static always_inline bool readable_beyond(const void *p, size_t n)
{
	return ((uintptr_t)p & (PAGE_SIZE - 1)) <= PAGE_SIZE - n;
}

#endif
