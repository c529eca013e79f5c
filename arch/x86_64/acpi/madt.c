/* SPDX-License-Identifier: GPL-2.0-only */
/* The Multiple APIC Description Table (ACPI 6.5, 5.2.12). */
#include <murre/string.h>
#include "parse.h"

struct acpi_madt acpi_madt;

enum { LOCAL_APIC = 0, IOAPIC = 1, OVERRIDE = 2, LOCAL_APIC_ADDRESS = 5, LOCAL_X2APIC = 9 };
#define CPU_ENABLED 1
#define HAS_8259 1
#define POLARITY_LOW 3
#define TRIGGER_LEVEL 3

struct packed_struct madt { struct acpi_table table; uint32_t local_apic, flags; };
struct packed_struct entry { uint8_t type, length; };
struct packed_struct local_apic { struct entry entry; uint8_t processor, id; uint32_t flags; };
struct packed_struct ioapic { struct entry entry; uint8_t id, reserved; uint32_t at, first_line; };
struct packed_struct override {
	struct entry entry;
	uint8_t bus, irq;
	uint32_t line;
	uint16_t flags;
};
struct packed_struct address { struct entry entry; uint16_t reserved; uint64_t at; };
struct packed_struct x2apic {
	struct entry entry;
	uint16_t reserved;
	uint32_t id, flags, processor;
};

start_code static void cpu_add(uint32_t id, uint32_t flags)
{
	if (flags & CPU_ENABLED && acpi_madt.cpu_count < array_size(acpi_madt.cpu_apic_ids))
		acpi_madt.cpu_apic_ids[acpi_madt.cpu_count++] = id;
}

start_code static void ioapic_add(const struct ioapic *e)
{
	if (acpi_madt.ioapic_count == IOAPICS_MAX)
		return;
	acpi_madt.ioapics[acpi_madt.ioapic_count].at = paddr(e->at);
	acpi_madt.ioapics[acpi_madt.ioapic_count++].first_line = e->first_line;
}

/* ISA's own way is edge triggered and high active; "conforms to the bus" means that. */
start_code static void override_add(const struct override *e)
{
	if (e->irq >= ISA_IRQS)
		return;
	acpi_madt.isa[e->irq].line = e->line;
	acpi_madt.isa[e->irq].low_active = (e->flags & 3) == POLARITY_LOW;
	acpi_madt.isa[e->irq].level = (e->flags >> 2 & 3) == TRIGGER_LEVEL;
}

start_code static void entry_read(const struct entry *e)
{
	if (e->type == LOCAL_APIC && e->length >= sizeof(struct local_apic)) {
		const struct local_apic *a = (const struct local_apic *)e;

		cpu_add(a->id, a->flags);
	} else if (e->type == LOCAL_X2APIC && e->length >= sizeof(struct x2apic)) {
		const struct x2apic *a = (const struct x2apic *)e;

		cpu_add(a->id, a->flags);
	} else if (e->type == IOAPIC && e->length >= sizeof(struct ioapic)) {
		ioapic_add((const struct ioapic *)e);
	} else if (e->type == OVERRIDE && e->length >= sizeof(struct override)) {
		override_add((const struct override *)e);
	} else if (e->type == LOCAL_APIC_ADDRESS && e->length >= sizeof(struct address)) {
		acpi_madt.local_apic = paddr(((const struct address *)e)->at);
	}
}

start_code void acpi_madt_read(const struct acpi_table *t)
{
	const struct madt *m = (const struct madt *)t;
	const char *at = (const char *)(m + 1), *end = (const char *)t + t->length;

	if (t->length < sizeof(*m) || acpi_madt.found)
		return;
	acpi_madt.found = true;
	acpi_madt.has_8259 = m->flags & HAS_8259;
	acpi_madt.local_apic = paddr(m->local_apic);
	for (unsigned i = 0; i < ISA_IRQS; i++)
		acpi_madt.isa[i].line = i;
	while ((size_t)(end - at) >= sizeof(struct entry)) {
		const struct entry *e = (const struct entry *)at;

		if (e->length < sizeof(*e) || e->length > end - at)
			return;
		entry_read(e);
		at += e->length;
	}
}
