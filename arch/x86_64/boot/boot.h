/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of boot/ share. Until boot_map_kernel has run, the first 4 GiB are mapped one to
 * one and nothing else of memory is; loaders keep what they tell us below that line.
 */
#pragma once
#include <arch/boot.h>

#define LOW_MEMORY_END (1ull << 32)
/* Bytes at a physical address, before the direct map. NULL when they do not lie below 4 GiB. */
const void *boot_bytes(uint64_t physical, uint64_t bytes);

/* Loader protocols: fill `boot` from what the loader left. Untrusted. */
void boot_from_pvh(struct boot_info *boot, uint64_t physical);
void boot_from_multiboot2(struct boot_info *boot, uint64_t physical);
void boot_cmdline_set(struct boot_info *boot, const char *text, uint64_t bytes_most);

/* Memory map: add in any order and with overlaps, then finish once. The more reserved kind wins
 * where ranges overlap. */
void boot_range_add(struct boot_info *boot, uint64_t start, uint64_t bytes, enum memory_kind kind);
void boot_ranges_finish(struct boot_info *boot);

/* Frames for page tables, taken from RAM behind the image and the initrd; cleared. Ends the boot
 * when there are none. */
paddr_t boot_frame_take(struct boot_info *boot);
/* Marks what was taken as reserved; nothing can be taken after. */
void boot_frames_finish(struct boot_info *boot);

/* Builds the kernel's tables (image, direct map, device windows) and switches to them. */
void boot_map_kernel(struct boot_info *boot);

void early_console_start(void);
/* One line and the end; for what is wrong before panic() can work. */
_Noreturn void boot_stop(const char *why);
