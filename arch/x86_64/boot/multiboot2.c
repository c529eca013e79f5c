/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The multiboot2 protocol (Multiboot2 Specification 2.0, section 3.6): EBX pointed at a list of
 * tags, each with its size. A tag that does not fit into the list, or is too short for its type, is
 * left out.
 */
#include <x86/acpi.h>
#include "boot.h"

enum {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_RSDP_1 = 14,
	TAG_RSDP_2 = 15,
};

struct tag { uint32_t type, size; };
struct module_tag { struct tag tag; uint32_t start, end; };
struct map_tag { struct tag tag; uint32_t entry_size, entry_version; };
struct map_entry { uint64_t start, bytes; uint32_t type, reserved; };
struct framebuffer_tag {
	struct tag tag;
	uint64_t start;
	uint32_t pitch, width, height;
	uint8_t bits_per_pixel, type;
	uint16_t reserved;
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};
#define FRAMEBUFFER_RGB 1

start_code static enum memory_kind kind_of(uint32_t type)
{
	switch (type) {
	case 1: return MEMORY_RAM;
	case 3: return MEMORY_ACPI_RECLAIM;
	case 4: return MEMORY_ACPI_NVS;
	default: return MEMORY_RESERVED;
	}
}

start_code static void read_memory_map(struct boot_info *boot, const struct map_tag *t)
{
	const char *entry = (const char *)(t + 1), *end = (const char *)t + t->tag.size;

	if (t->entry_size < sizeof(struct map_entry))
		return;
	for (; (size_t)(end - entry) >= t->entry_size; entry += t->entry_size) {
		const struct map_entry *e = (const struct map_entry *)entry;

		boot_range_add(boot, e->start, e->bytes, kind_of(e->type));
	}
}

/* The first module is the initrd. */
start_code static void read_module(struct boot_info *boot, const struct module_tag *t)
{
	if (boot->initrd_bytes || t->end <= t->start)
		return;
	boot->initrd_start = paddr(t->start);
	boot->initrd_bytes = t->end - t->start;
}

start_code static void read_framebuffer(struct boot_info *boot, const struct framebuffer_tag *t)
{
	if (t->type != FRAMEBUFFER_RGB || t->bits_per_pixel < 15 || t->bits_per_pixel > 32)
		return;
	boot->framebuffer = (struct boot_framebuffer){
		.start = paddr(t->start),
		.width = t->width,
		.height = t->height,
		.pitch = t->pitch,
		.bits_per_pixel = t->bits_per_pixel,
		.red_shift = t->red_shift,
		.green_shift = t->green_shift,
		.blue_shift = t->blue_shift,
	};
}

/* The tag holds a copy of the RSDP, not its address: the copy lies in memory that we do not
 * keep, so parse it now. */
start_code static void read_rsdp(const struct tag *t)
{
	x86_acpi_rsdp_given(t + 1, t->size - sizeof(*t));
}

start_code static void read_tag(struct boot_info *boot, const struct tag *t)
{
	switch (t->type) {
	case TAG_CMDLINE:
		boot_cmdline_set(boot, (const char *)(t + 1), t->size - sizeof(*t));
		break;
	case TAG_MODULE:
		if (t->size >= sizeof(struct module_tag))
			read_module(boot, (const struct module_tag *)t);
		break;
	case TAG_MEMORY_MAP:
		if (t->size >= sizeof(struct map_tag))
			read_memory_map(boot, (const struct map_tag *)t);
		break;
	case TAG_FRAMEBUFFER:
		if (t->size >= sizeof(struct framebuffer_tag))
			read_framebuffer(boot, (const struct framebuffer_tag *)t);
		break;
	case TAG_RSDP_1:
	case TAG_RSDP_2:
		read_rsdp(t);
		break;
	}
}

start_code void boot_from_multiboot2(struct boot_info *boot, uint64_t physical)
{
	const uint32_t *total = boot_bytes(physical, 8);
	const char *list = total ? boot_bytes(physical, *total) : NULL;
	uint64_t at = 8;

	if (!list)
		boot_stop("multiboot2: no information from the loader");
	boot->protocol = "multiboot2";
	while (at <= *total - sizeof(struct tag)) {
		const struct tag *t = (const struct tag *)(list + at);

		if (t->type == TAG_END || t->size < sizeof(*t) || t->size > *total - at)
			break;
		read_tag(boot, t);
		at += align_up((uint64_t)t->size, 8);
	}
}
