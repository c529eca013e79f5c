/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map while the kernel boots: what firmware says becomes boot_info's ranges, and the frames for the kernel's
 * first page tables come from them. Boot CPU, before there is an allocator.
 */
#pragma once
#include <arch/boot.h>

/* Add in any order and with overlaps, then finish once. The more reserved kind wins where ranges overlap. */
void boot_range_add(struct boot_info *boot, uint64_t start, uint64_t bytes, enum memory_kind kind);
void boot_ranges_finish(struct boot_info *boot);

/* Frames for page tables, one behind the other in RAM behind the image and the initrd, below an address; not cleared.
 * Ends the boot when there are none. */
paddr_t boot_frame_take(struct boot_info *boot, uint64_t below);
/* Marks what was taken as reserved; nothing can be taken after. */
void boot_frames_finish(struct boot_info *boot);

/* The architecture's: one line and the end, for what is wrong before panic() can work. */
_Noreturn void boot_stop(const char *why);
