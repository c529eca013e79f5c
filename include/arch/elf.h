/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: what exec must know of the architecture. Each arch/elf_impl.h defines
 *	ARCH_ELF_MACHINE		e_machine of programs that run here
 *	ARCH_ELF_PLATFORM		text of AT_PLATFORM
 * ARCH_EXEC_BASE                  lowest address of a position-independent program (before
 * randomisation)
 *	ARCH_EXEC_RANDOM_PAGES		a random number of pages below this is added to it
 * ARCH_MMAP_RANDOM_PAGES          ... is taken off the place of the first mapping below the stack's
 * gap
 *	ARCH_STACK_RANDOM_PAGES		... is taken off USER_TOP for the stack
 *	ARCH_BRK_RANDOM_PAGES		... is added to the end of the program's data for brk
 *	ARCH_MINSIGSTKSZ		AT_MINSIGSTKSZ: bytes of the largest signal frame
 * AT_HWCAP and AT_HWCAP2 come from arch_hwcap() and arch_hwcap2() (arch/cpu.h).
 */
#pragma once
#include <arch/elf_impl.h>
