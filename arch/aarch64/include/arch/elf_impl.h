/* SPDX-License-Identifier: GPL-2.0-only */
/* aarch64's half of arch/elf.h (ELF for the Arm 64-bit Architecture; Linux's choice of addresses). */
#pragma once
#include <arch/mmu.h>

#define ARCH_ELF_MACHINE 183		/* EM_AARCH64 */
#define ARCH_ELF_PLATFORM "aarch64"

#define ARCH_EXEC_BASE (USER_TOP / 3 * 2)
#define ARCH_EXEC_RANDOM_PAGES (1ul << 28)
#define ARCH_MMAP_RANDOM_PAGES (1ul << 28)
#define ARCH_STACK_RANDOM_PAGES (1ul << 18)
#define ARCH_BRK_RANDOM_PAGES (1ul << 18)

/* siginfo, ucontext with its 4096 reserved bytes, the frame record, and what alignment may add. */
#define ARCH_MINSIGSTKSZ 4720
