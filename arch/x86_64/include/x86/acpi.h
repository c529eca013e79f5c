/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of ACPI (6.5) that a PC cannot do without: where the interrupt controllers are, how to
 * switch the machine off and how to reset it. The tables are read once, on the boot CPU, as what
 * they are: bytes that a stranger wrote.
 */
#pragma once
#include <arch/boot.h>
#include <arch/io.h>

/* A copy of the root pointer that the loader handed over; n bytes of it. */
void x86_acpi_rsdp_given(const void *rsdp, size_t n);
/* Finds and reads the tables; what is missing keeps its default. */
void x86_acpi_start(const struct boot_info *boot);

#define IOAPICS_MAX 8
#define ISA_IRQS 16

struct acpi_madt {
	bool found;
	bool has_8259;
	paddr_t local_apic;
	unsigned ioapic_count;
	struct { paddr_t at; uint32_t first_line; } ioapics[IOAPICS_MAX];
	/* Where a legacy interrupt arrives, and how. */
	struct { uint32_t line; bool low_active, level; } isa[ISA_IRQS];
	unsigned cpu_count;
	uint32_t cpu_apic_ids[256];
};
extern struct acpi_madt acpi_madt;

/* A register as ACPI describes one: in ports or in memory; width 0: none. */
struct acpi_register { bool is_port; uint8_t width_bytes; uint64_t address; };
struct acpi_fixed {
	bool found;
	bool hardware_reduced;
	bool has_s5;
	uint8_t s5_type_a, s5_type_b;
	struct acpi_register pm1a_control, pm1b_control, sleep_control, reset, pm_timer;
	uint8_t reset_value;
	bool pm_timer_is_32_bits;
	uint32_t smi_command;
	uint8_t acpi_enable;
	uint8_t century;		/* CMOS index, 0: none */
};
extern struct acpi_fixed acpi_fixed;
extern paddr_t acpi_hpet;		/* 0: none */

/* The register as an I/O region, mapped if it is in memory. is_there false: none, or no room for
 * it. */
bool x86_acpi_register_map(const struct acpi_register *r, io_region *out);
