/* SPDX-License-Identifier: GPL-2.0-only */
/* x86_64's half of arch/elf.h (System V ABI, AMD64 supplement; Linux's choice of addresses). */
#pragma once
#include <arch/mmu.h>

#define ARCH_ELF_MACHINE 62		/* EM_X86_64 */
#define ARCH_ELF_PLATFORM "x86_64"

#define ARCH_EXEC_BASE (USER_TOP / 3 * 2)
#define ARCH_EXEC_RANDOM_PAGES (1ul << 28)
#define ARCH_MMAP_RANDOM_PAGES (1ul << 28)
#define ARCH_STACK_RANDOM_PAGES (1ul << 22)
#define ARCH_BRK_RANDOM_PAGES (1ul << 13)

/* Depends on the CPU's vector state: known once the CPU has been looked at. */
extern size_t x86_signal_frame_max;
#define ARCH_MINSIGSTKSZ x86_signal_frame_max
