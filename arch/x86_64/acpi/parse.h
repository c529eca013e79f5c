/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of acpi/ share: the header that every table opens with, and the readers of those
 * we know.
 */
#pragma once
#include <x86/acpi.h>

struct packed_struct acpi_table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
};
static_assert_size(struct acpi_table, 36);

/* The table at a physical address, checked. NULL: none, or a bad one. */
const struct acpi_table *acpi_table_map(uint64_t at);
/* Takes what we know out of it. */
void acpi_table_read(const struct acpi_table *t);
/* MADT: interrupt controllers. */
void acpi_madt_read(const struct acpi_table *t);
/* FADT: fixed registers; through it the DSDT. */
void acpi_fadt_read(const struct acpi_table *t);
/* A definition block: looks for \_S5_. */
void acpi_s5_search(const struct acpi_table *t);
/* A definition block: looks for devices that stand nowhere else (arch/platform.h). */
void acpi_platform_search(const struct acpi_table *t);
