/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract, for debug kernels of architectures whose build.mk sets SHADOW_OFFSET: the shadow of address a is the byte at
 * (a >> 3) + ARCH_SHADOW_OFFSET. Before the first function that is compiled with checks runs, all shadow of the kernel's
 * half is mapped to one page of zeros that may be written. Before kernel_main that page is cleared and read-only, and the
 * direct map of RAM and the image have shadow of their own, cleared. Files that run before, or that touch memory at other
 * addresses, are listed in build.mk as UNWATCHED.
 */
#pragma once
#include <murre/base/result.h>
#include <murre/base/types.h>

static inline uint8_t *arch_shadow_of(const void *p)
{
	return (uint8_t *)(((uintptr_t)p >> 3) + ARCH_SHADOW_OFFSET);
}

/* Pages of their own, cleared, for the shadow of this part of the kernel's dynamic range. ENOMEM. */
result(unit) arch_shadow_map(uintptr_t start, size_t bytes);
/* Functions that mark the global variables, one for each file; the linker script gathers them. */
extern void (*const constructors_start[])(void), (*const constructors_end[])(void);
