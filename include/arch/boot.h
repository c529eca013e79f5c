/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: what firmware and boot loader said, in one form for every boot protocol. Filled by arch/<A>/boot from
 * untrusted tables: ranges are page-aligned inwards (RAM) or outwards (reserved), sorted, not overlapping.
 */
#pragma once
#include <murre/base/types.h>

enum memory_kind { MEMORY_RAM, MEMORY_RESERVED, MEMORY_ACPI_RECLAIM, MEMORY_ACPI_NVS };

struct memory_range {
	paddr_t start;
	uint64_t bytes;
	enum memory_kind kind;
};

struct boot_framebuffer {
	paddr_t start;
	uint32_t width, height, pitch;
	uint8_t bits_per_pixel, red_shift, green_shift, blue_shift;
};

#define BOOT_RANGES_MAX 128
#define BOOT_CMDLINE_MAX 2048

struct boot_info {
	unsigned range_count;
	struct memory_range ranges[BOOT_RANGES_MAX];
	paddr_t kernel_start, kernel_end;	/* the image with its bss */
	paddr_t initrd_start;
	uint64_t initrd_bytes;			/* 0: none */
	paddr_t acpi_rsdp;			/* 0: search or none */
	paddr_t device_tree;			/* 0: none */
	struct boot_framebuffer framebuffer;	/* width 0: none */
	const char *protocol;			/* "PVH", "multiboot2", "Image" */
	char cmdline[BOOT_CMDLINE_MAX];		/* NUL-terminated */
};
