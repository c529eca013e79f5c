/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Fixed ACPI Description Table (ACPI 6.5, 5.2.9), the HPET table, and the one thing we want
 * from the definition blocks: the package \_S5_, which holds the values that switch the machine
 * off. It is found by its name's bytes; names in AML cannot look like that by accident more than
 * once in a blue moon, and the package around it is checked.
 */
#include <murre/string.h>
#include <x86/kernel_map.h>
#include "parse.h"

struct acpi_fixed acpi_fixed;
paddr_t acpi_hpet;

enum { SPACE_MEMORY = 0, SPACE_PORTS = 1 };
struct packed_struct generic_address { uint8_t space, bits, offset, access; uint64_t at; };
struct packed_struct fadt {
	struct acpi_table table;
	uint32_t facs, dsdt;
	uint8_t model, profile;
	uint16_t sci;
	uint32_t smi_command;
	uint8_t acpi_enable, acpi_disable, s4bios, pstate;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0,
		gpe1;
	uint8_t pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
	uint8_t gpe0_length, gpe1_length, gpe1_base, c_state;
	uint16_t c2_latency, c3_latency, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
	uint16_t boot_flags;
	uint8_t reserved;
	uint32_t flags;
	struct generic_address reset;
	uint8_t reset_value;
	uint16_t arm_flags;
	uint8_t minor;
	uint64_t x_facs, x_dsdt;
	struct generic_address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control,
		x_pm2_control, x_pm_timer;
	struct generic_address x_gpe0, x_gpe1, sleep_control, sleep_status;
};
static_assert_size(struct fadt, 268);
#define FLAG_TIMER_32_BITS (1 << 8)
#define FLAG_RESET (1 << 10)
#define FLAG_HARDWARE_REDUCED (1 << 20)

struct packed_struct hpet { struct acpi_table table; uint32_t id; struct generic_address at; };

start_code static struct acpi_register port_register(uint32_t at, uint8_t bytes)
{
	return (struct acpi_register){ .is_port = true,
				       .width_bytes = at && at < 0x10000 ? bytes : 0,
				       .address = at };
}

start_code static struct acpi_register generic_register(const struct generic_address *g,
							uint8_t bytes)
{
	bool usable = g->at &&
		      (g->space == SPACE_MEMORY || (g->space == SPACE_PORTS && g->at < 0x10000));

	return (struct acpi_register){ g->space == SPACE_PORTS, usable ? bytes : 0, g->at };
}

/* The 64-bit field where it is filled in, else the old one. */
start_code static struct acpi_register either_register(const struct generic_address *g,
						       uint32_t old, uint8_t bytes)
{
	struct acpi_register r = generic_register(g, bytes);

	return r.width_bytes ? r : port_register(old, bytes);
}

/* Older tables are shorter: what they lack reads as zero. */
start_code static void fadt_take(const struct fadt *t)
{
	acpi_fixed = (struct acpi_fixed){
		.found = true,
		.hardware_reduced = t->flags & FLAG_HARDWARE_REDUCED,
		.pm1a_control = either_register(&t->x_pm1a_control, t->pm1a_control, 2),
		.pm1b_control = either_register(&t->x_pm1b_control, t->pm1b_control, 2),
		.sleep_control = generic_register(&t->sleep_control, 1),
		.pm_timer = either_register(&t->x_pm_timer, t->pm_timer, 4),
		.pm_timer_is_32_bits = t->flags & FLAG_TIMER_32_BITS,
		.reset_value = t->reset_value,
		.smi_command = t->smi_command,
		.acpi_enable = t->acpi_enable,
		.century = t->century < 128 ? t->century : 0,
	};
	if (t->flags & FLAG_RESET)
		acpi_fixed.reset = generic_register(&t->reset, 1);
}

start_code void acpi_fadt_read(const struct acpi_table *table)
{
	struct fadt t = {};
	const struct acpi_table *dsdt;

	memcpy(&t, table, min((size_t)table->length, sizeof(t)));
	fadt_take(&t);
	dsdt = acpi_table_map(t.x_dsdt ? t.x_dsdt : t.dsdt);
	if (!dsdt || memcmp(dsdt->signature, "DSDT", 4) != 0)
		return;
	acpi_s5_search(dsdt);
	/* Machines with a PC's fixed hardware find their devices on its buses. */
	if (acpi_fixed.hardware_reduced)
		acpi_platform_search(dsdt);
}

start_code static void hpet_take(const struct acpi_table *table)
{
	const struct hpet *t = (const struct hpet *)table;

	if (table->length >= sizeof(*t) && t->at.space == SPACE_MEMORY)
		acpi_hpet = paddr(t->at.at);
}

start_code void acpi_table_read(const struct acpi_table *t)
{
	if (memcmp(t->signature, "APIC", 4) == 0)
		acpi_madt_read(t);
	else if (memcmp(t->signature, "FACP", 4) == 0)
		acpi_fadt_read(t);
	else if (memcmp(t->signature, "SSDT", 4) == 0)
		acpi_s5_search(t);
	else if (memcmp(t->signature, "HPET", 4) == 0)
		hpet_take(t);
}

/* AML (ACPI 6.5, 20.2). ------------------------------------------------------------------------ */

enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ONES = 0xff
};

struct aml { const uint8_t *at, *end; };

/* A constant; false: something else, or the end. */
start_code static bool aml_integer(struct aml *a, uint8_t *value)
{
	uint8_t op;
	size_t bytes;

	if (a->at == a->end)
		return false;
	op = *a->at++;
	if (op == AML_ZERO || op == AML_ONE || op == AML_ONES) {
		*value = op;
		return true;
	}
	bytes = op == AML_BYTE ? 1 : op == AML_WORD ? 2 : op == AML_DWORD ? 4 : 0;
	if (bytes == 0 || (size_t)(a->end - a->at) < bytes)
		return false;
	*value = *a->at;
	a->at += bytes;
	return true;
}

/* After the name: PackageOp, its length (1 to 4 bytes, the first says how many follow), the
 * element count, elements. */
start_code static bool s5_package(struct aml a)
{
	uint8_t type_a, type_b;

	if (a.end - a.at < 3 || *a.at++ != AML_PACKAGE)
		return false;
	a.at += 1 + (*a.at >> 6);
	if (a.at >= a.end || *a.at++ < 1 || !aml_integer(&a, &type_a))
		return false;
	if (!aml_integer(&a, &type_b))
		type_b = type_a;
	acpi_fixed.has_s5 = true;
	acpi_fixed.s5_type_a = type_a & 7;
	acpi_fixed.s5_type_b = type_b & 7;
	return true;
}

start_code void acpi_s5_search(const struct acpi_table *t)
{
	const uint8_t *first = (const uint8_t *)(t + 1), *end = (const uint8_t *)t + t->length;

	for (const uint8_t *p = first; !acpi_fixed.has_s5 && end - p > 4; p++) {
		bool named;

		if (p[0] != '_' || p[1] != 'S' || p[2] != '5' || p[3] != '_')
			continue;
		named = p > first && (p[-1] == AML_NAME ||
				      (p - first > 1 && p[-1] == '\\' && p[-2] == AML_NAME));
		if (named && s5_package((struct aml){ p + 4, end }))
			return;
	}
}

bool x86_acpi_register_map(const struct acpi_register *r, io_region *out)
{
	void *registers;

	if (!r->width_bytes)
		return false;
	*out = (io_region){ .base = r->address, .is_port = r->is_port };
	if (r->is_port)
		return true;
	registers = x86_window_map(paddr(r->address), r->width_bytes,
				   PTE_READ | PTE_WRITE | PTE_UNCACHED);
	out->base = (uintptr_t)registers;
	return registers;
}
