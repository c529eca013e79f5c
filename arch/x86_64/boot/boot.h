/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of boot/ share. Until boot_map_kernel has run, the first 4 GiB are mapped one to
 * one and nothing else of memory is; loaders keep what they tell us below that line.
 */
#pragma once
#include <murre/boot_ranges.h>

#define LOW_MEMORY_END (1ull << 32)
/* Bytes at a physical address, before the direct map. NULL when they do not lie below 4 GiB. */
const void *boot_bytes(uint64_t physical, uint64_t bytes);

/* Loader protocols: fill `boot` from what the loader left. Untrusted. */
void boot_from_pvh(struct boot_info *boot, uint64_t physical);
void boot_from_multiboot2(struct boot_info *boot, uint64_t physical);
void boot_cmdline_set(struct boot_info *boot, const char *text, uint64_t bytes_most);

/* Builds the kernel's tables (image, direct map, device windows) and switches to them. */
void boot_map_kernel(struct boot_info *boot);

/* The same for shadow memory, on the way; close is the last step before the tables are loaded. */
#ifdef ARCH_SHADOW_OFFSET
void boot_map_shadow(struct boot_info *boot);
void boot_shadow_close(void);
#else
static inline void boot_map_shadow(struct boot_info *boot) {}
static inline void boot_shadow_close(void) {}
#endif

void early_console_start(void);
