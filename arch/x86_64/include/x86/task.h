/* SPDX-License-Identifier: GPL-2.0-only */
/* The bases of FS and GS of the calling program, for arch_prctl(2). Any task context. */
#pragma once
#include <murre/base/types.h>

void x86_base_set(bool gs, uintptr_t base);
uintptr_t x86_base_get(bool gs);
