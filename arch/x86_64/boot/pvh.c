/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PVH protocol (Xen's "x86/HVM direct boot ABI", version 1 structures): EBX pointed at
 * hvm_start_info. Everything in it is checked before it is used: a hypervisor is as trustworthy as
 * firmware.
 */
#include "boot.h"

#define START_MAGIC 0x336ec578

struct packed_struct start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, cmdline, rsdp;
	uint64_t memory_map;			/* version 1 and later */
	uint32_t memory_map_entries, reserved;
};

/* The loader aligns them as it likes. */
struct packed_struct start_module { uint64_t start, bytes, cmdline, reserved; };
struct packed_struct start_range { uint64_t start, bytes; uint32_t type, reserved; };

/* Address range types of ACPI, as the e820 call knows them. */
start_code static enum memory_kind kind_of(uint32_t type)
{
	switch (type) {
	case 1: return MEMORY_RAM;
	case 3: return MEMORY_ACPI_RECLAIM;
	case 4: return MEMORY_ACPI_NVS;
	default: return MEMORY_RESERVED;
	}
}

start_code static void read_memory_map(struct boot_info *boot, const struct start_info *info)
{
	uint32_t n = info->memory_map_entries;
	const struct start_range *r = boot_bytes(info->memory_map, (uint64_t)n * sizeof(*r));

	for (uint32_t i = 0; r && i < n; i++)
		boot_range_add(boot, r[i].start, r[i].bytes, kind_of(r[i].type));
}

start_code static void read_module(struct boot_info *boot, const struct start_info *info)
{
	const struct start_module *m = boot_bytes(info->modules, sizeof(*m));

	if (info->module_count == 0 || !m || !boot_bytes(m->start, m->bytes))
		return;
	boot->initrd_start = paddr(m->start);
	boot->initrd_bytes = m->bytes;
}

start_code void boot_from_pvh(struct boot_info *boot, uint64_t physical)
{
	const struct start_info *info = boot_bytes(physical, sizeof(*info));
	const char *text;

	if (!info || info->magic != START_MAGIC)
		boot_stop("PVH: no start information");
	if (info->version < 1)
		boot_stop("PVH: the loader gives no memory map (version 0)");
	boot->protocol = "PVH";
	boot->acpi_rsdp = paddr(info->rsdp);
	read_memory_map(boot, info);
	read_module(boot, info);
	text = boot_bytes(info->cmdline, 1);
	if (text)
		boot_cmdline_set(boot, text, LOW_MEMORY_END - info->cmdline);
}
