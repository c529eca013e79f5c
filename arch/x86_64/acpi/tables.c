/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding ACPI's tables (ACPI 6.5, 5.2): root pointer, root table, and from there by signature.
 * Every table is mapped through windows for the time of reading; its length and checksum are
 * checked before anything in it is believed.
 */
#include <murre/log.h>
#include <murre/string.h>
#include <x86/kernel_map.h>
#include "parse.h"

#define RSDP_BYTES_1 20
#define RSDP_BYTES_2 36
#define TABLE_BYTES_MOST (1 << 20)

struct packed_struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t checksum_2;
	uint8_t reserved[3];
};
static_assert_size(struct rsdp, RSDP_BYTES_2);

start_data static struct rsdp root;
start_data static bool root_found;

start_code static bool sums_to_zero(const void *bytes, size_t n)
{
	const uint8_t *b = bytes;
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += b[i];
	return sum == 0;
}

start_code void x86_acpi_rsdp_given(const void *bytes, size_t n)
{
	const struct rsdp *r = bytes;
	bool second = n >= RSDP_BYTES_2 && r->revision >= 2;

	if (n < RSDP_BYTES_1 || memcmp(r->signature, "RSD PTR ", 8) != 0 ||
	    !sums_to_zero(r, RSDP_BYTES_1))
		return;
	if (second && (r->length < RSDP_BYTES_2 || r->length > n || !sums_to_zero(r, r->length)))
		return;
	/* GRUB hands over both revisions, in any order: the newer one counts. */
	if (root_found && !second)
		return;
	memcpy(&root, r, second ? RSDP_BYTES_2 : RSDP_BYTES_1);
	if (!second)
		root.xsdt = 0;
	root_found = true;
}

start_code static void rsdp_read(paddr_t at)
{
	const void *bytes = x86_window_map(at, RSDP_BYTES_2, PTE_READ);

	if (bytes)
		x86_acpi_rsdp_given(bytes, RSDP_BYTES_2);
}

/* Where a BIOS leaves it: the first KiB of the extended BIOS data area, or below 1 MiB; on
 * 16-byte borders. */
start_code static void rsdp_search(uint64_t start, size_t bytes)
{
	const char *area = x86_window_map(paddr(start), bytes, PTE_READ);

	for (size_t i = 0; area && !root_found && i + RSDP_BYTES_2 <= bytes; i += 16)
		x86_acpi_rsdp_given(area + i, RSDP_BYTES_2);
}

#define EBDA_SEGMENT 0x40e

start_code static void rsdp_search_bios(void)
{
	const uint16_t *segment = x86_window_map(paddr(EBDA_SEGMENT), 2, PTE_READ);
	uint64_t ebda = segment ? (uint64_t)*segment << 4 : 0;

	if (ebda >= 0x80000 && ebda < 0xa0000)
		rsdp_search(ebda, 1024);
	if (!root_found)
		rsdp_search(0xe0000, 0x20000);
}

start_code const struct acpi_table *acpi_table_map(uint64_t at)
{
	uintptr_t mark = x86_windows_mark();
	const struct acpi_table *t = at ? x86_window_map(paddr(at), sizeof(*t), PTE_READ) : NULL;
	uint32_t length = t ? t->length : 0;

	x86_windows_restore(mark);
	if (length < sizeof(*t) || length > TABLE_BYTES_MOST)
		return NULL;
	t = x86_window_map(paddr(at), length, PTE_READ);
	return t && t->length == length && sums_to_zero(t, length) ? t : NULL;
}

/* Calls read for each table that the root table names. */
start_code static void tables_read(uint64_t root_at, unsigned entry_bytes)
{
	const struct acpi_table *t = acpi_table_map(root_at);
	const char *entries = (const char *)(t + 1);
	size_t n = t ? (t->length - sizeof(*t)) / entry_bytes : 0;

	for (size_t i = 0; i < n; i++) {
		uintptr_t mark = x86_windows_mark();
		uint64_t at = 0;

		memcpy(&at, entries + i * entry_bytes, entry_bytes);
		t = acpi_table_map(at);
		if (t)
			acpi_table_read(t);
		x86_windows_restore(mark);
	}
}

start_code void x86_acpi_start(const struct boot_info *boot)
{
	uintptr_t mark = x86_windows_mark();

	if (!root_found && boot->acpi_rsdp.raw)
		rsdp_read(boot->acpi_rsdp);
	if (!root_found)
		rsdp_search_bios();
	if (root_found && root.xsdt)
		tables_read(root.xsdt, 8);
	else if (root_found)
		tables_read(root.rsdt, 4);
	else
		log_info("ACPI: none");
	x86_windows_restore(mark);
}
