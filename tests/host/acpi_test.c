/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arch/x86_64/acpi: the values that switch a machine off are found in the AML that firmware writes,
 * and tables with any bytes changed or cut off are read without looking beyond their end (the
 * sanitizers watch).
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arch/x86_64/acpi/fadt.c>

#define entry_read madt_entry_read
#include <arch/x86_64/acpi/madt.c>
#include <arch/x86_64/acpi/platform.c>

enum { MUTATIONS = 20000 };
static uint64_t seed = 88172645463325252ull;
static const struct acpi_table *dsdt;

const struct acpi_table *acpi_table_map(uint64_t at) { return at ? dsdt : NULL; }
void *x86_window_map(paddr_t pa, size_t bytes, unsigned prot) { return NULL; }

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* A table on the heap of exactly its size, so that a read past its end is seen. */
static struct acpi_table *table_make(const char *signature, const void *body, size_t n)
{
	struct acpi_table *t = malloc(sizeof(*t) + n);

	*t = (struct acpi_table){ .length = (uint32_t)(sizeof(*t) + n) };
	memcpy(t->signature, signature, 4);
	memcpy(t + 1, body, n);
	return t;
}

static void s5_is(const void *aml, size_t n, bool found, uint8_t a, uint8_t b)
{
	struct acpi_table *t = table_make("DSDT", aml, n);

	acpi_fixed = (struct acpi_fixed){};
	acpi_s5_search(t);
	assert(acpi_fixed.has_s5 == found);
	assert(!found || (acpi_fixed.s5_type_a == a && acpi_fixed.s5_type_b == b));
	free(t);
}

static void s5_forms(void)
{
	s5_is("\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 12, true, 0, 0);
	s5_is("\x08\\_S5_\x12\x0a\x04\x0a\x05\x0a\x07\x0a\x00\x0a\x00", 16, true, 5, 7);
	s5_is("x\x08_S5_\x12\x40\x01\x02\x0b\x05\x00\x01zz", 14, true, 5, 1);
	s5_is("\x08_S5_\x12\x06\x01\x01", 9, true, 1, 1);
	/* A use of the name, not its definition; a package without elements; one that is cut
	 * off. */
	s5_is("\x70_S5_\x12\x06\x04\x00\x00", 10, false, 0, 0);
	s5_is("\x08_S5_\x12\x02\x00", 8, false, 0, 0);
	s5_is("\x08_S5_\x12\x06\x04\x0a", 9, false, 0, 0);
	s5_is("\x08_S5_", 5, false, 0, 0);
}

static void s5_mutations(void)
{
	static const char aml[] = "\x08_S5_\x12\x0a\x04\x0a\x05\x0a\x07\x0a\x00\x0a\x00";

	for (unsigned i = 0; i < MUTATIONS; i++) {
		char bytes[sizeof(aml)];
		struct acpi_table *t;

		memcpy(bytes, aml, sizeof(aml));
		for (unsigned n = roll(4); n > 0; n--)
			bytes[roll(sizeof(bytes))] = (char)roll(256);
		t = table_make("DSDT", bytes, roll(sizeof(bytes) + 1));
		acpi_fixed = (struct acpi_fixed){};
		acpi_s5_search(t);
		free(t);
	}
}

static void madt_read_body(const void *body, size_t n)
{
	struct acpi_table *t = table_make("APIC", body, n);

	memset(&acpi_madt, 0, sizeof(acpi_madt));
	acpi_madt_read(t);
	free(t);
}

static const unsigned char madt_body[] = {
	0, 0, 0xe0, 0xfe, 1, 0, 0, 0,				/* local APIC, 8259s */
	0, 8, 0, 0, 1, 0, 0, 0,					/* CPU 0, enabled */
	0, 8, 1, 2, 0, 0, 0, 0,					/* CPU 1, not */
	1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0,		/* IOAPIC */
	2, 10, 0, 0, 2, 0, 0, 0, 0, 0,				/* IRQ 0 at line 2 */
	2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0,			/* IRQ 9: level, high */
	5, 12, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,			/* local APIC above 4 GiB */
};

static void madt_known(void)
{
	madt_read_body(madt_body, sizeof(madt_body));
	assert(acpi_madt.found && acpi_madt.has_8259 && acpi_madt.cpu_count == 1 && acpi_madt.ioapic_count == 1);
	assert(acpi_madt.ioapics[0].at.raw == 0xfec00000 && acpi_madt.local_apic.raw == 0x100000000);
	assert(acpi_madt.isa[0].line == 2 && acpi_madt.isa[1].line == 1);
	assert(acpi_madt.isa[9].level && !acpi_madt.isa[9].low_active);
}

static void madt_mutations(void)
{
	for (unsigned i = 0; i < MUTATIONS; i++) {
		unsigned char bytes[sizeof(madt_body)];

		memcpy(bytes, madt_body, sizeof(bytes));
		for (unsigned n = roll(4); n > 0; n--)
			bytes[roll(sizeof(bytes))] = (unsigned char)roll(256);
		madt_read_body(bytes, roll(sizeof(bytes) + 1));
	}
}

/* A table of any length, down to the header alone, reads as zeros where it ends. */
static void fadt_lengths(void)
{
	struct fadt whole = {};

	memset(&whole.table + 1, 0xff, sizeof(whole) - sizeof(whole.table));
	dsdt = NULL;
	for (size_t n = 0; n <= sizeof(whole) - sizeof(whole.table); n++) {
		struct acpi_table *t = table_make("FACP", &whole.table + 1, n);

		acpi_fadt_read(t);
		assert(acpi_fixed.found);
		free(t);
	}
}

int main(void)
{
	s5_forms();
	s5_mutations();
	madt_known();
	madt_mutations();
	fadt_lengths();
	puts("acpi: ok");
	return 0;
}
