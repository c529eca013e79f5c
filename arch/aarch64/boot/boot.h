/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of boot/ share. Until boot_map_kernel has run only the image and the device windows are mapped.
 */
#pragma once
#include <murre/boot_ranges.h>

/* Fills `boot`, and what the machine consists of (arm64/machine.h), from the device tree at a physical address. */
void boot_from_device_tree(struct boot_info *boot, uint64_t physical);
/* Builds the kernel's tables (image, direct map, device windows) and switches to them. */
void boot_map_kernel(struct boot_info *boot);
/* head.S */
void boot_tables_switch(uint64_t root);

void early_console_start(void);
