/* SPDX-License-Identifier: GPL-2.0-only */
/* How the kernel's dynamic address range is divided: device registers below, stacks above. Private
 * to mm/. */
#pragma once
#include <arch/mmu.h>

#define MMIO_BASE KERNEL_DYNAMIC_BASE
#define MMIO_END (KERNEL_DYNAMIC_BASE + (KERNEL_DYNAMIC_END - KERNEL_DYNAMIC_BASE) / 2)
#define STACKS_BASE MMIO_END
#define STACKS_END KERNEL_DYNAMIC_END
