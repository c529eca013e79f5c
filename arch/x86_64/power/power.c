/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end: off by ACPI's sleep state S5 (ACPI 6.5, 4.8.3.2, 4.8.3.7), reset by every way that PCs
 * have, from the polite to the triple fault, and an exit code for the virtual machine monitor when
 * the command line names the port it listens on.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <murre/start.h>
#include <murre/string.h>
#include <x86/acpi.h>
#include <x86/power.h>

#define SLEEP_ENABLE (1 << 13)
#define SLEEP_TYPE_SHIFT 10
#define SLEEP_TYPE_MASK (7 << SLEEP_TYPE_SHIFT)
#define REDUCED_SLEEP_ENABLE (1 << 5)
#define REDUCED_SLEEP_TYPE_SHIFT 2
#define ACPI_MODE 1
#define POLLS_MOST 100000

/* Registers in memory are mapped while windows can still be made. */
static read_only_after_start io_region pm1a, pm1b, sleep_control, reset_register;
static read_only_after_start bool has_pm1a, has_pm1b, has_sleep_control, has_reset;

void x86_power_start(void)
{
	has_pm1a = x86_acpi_register_map(&acpi_fixed.pm1a_control, &pm1a);
	has_pm1b = x86_acpi_register_map(&acpi_fixed.pm1b_control, &pm1b);
	has_sleep_control = x86_acpi_register_map(&acpi_fixed.sleep_control, &sleep_control);
	has_reset = x86_acpi_register_map(&acpi_fixed.reset, &reset_register);
}

static void wait_a_little(void)
{
	for (unsigned i = 0; i < POLLS_MOST; i++)
		arch_cpu_relax();
}

/* Firmware that still has the hardware in its own hands is told to let go. */
static void acpi_mode_enter(void)
{
	if (io_read16(pm1a, 0) & ACPI_MODE || !acpi_fixed.smi_command || !acpi_fixed.acpi_enable)
		return;
	x86_out8((uint16_t)acpi_fixed.smi_command, acpi_fixed.acpi_enable);
	for (unsigned i = 0; i < POLLS_MOST && !(io_read16(pm1a, 0) & ACPI_MODE); i++)
		arch_cpu_relax();
}

static void sleep_start(io_region control, uint8_t type)
{
	uint16_t v = (io_read16(control, 0) & ~(SLEEP_TYPE_MASK | SLEEP_ENABLE)) |
		     type << SLEEP_TYPE_SHIFT;

	io_write16(control, 0, v);
	io_write16(control, 0, v | SLEEP_ENABLE);
}

void arch_power_off(void)
{
	if (!acpi_fixed.has_s5)
		return;
	if (acpi_fixed.hardware_reduced && has_sleep_control) {
		io_write8(sleep_control, 0,
			  (uint8_t)(REDUCED_SLEEP_ENABLE | acpi_fixed.s5_type_a
								   << REDUCED_SLEEP_TYPE_SHIFT));
	} else if (has_pm1a) {
		acpi_mode_enter();
		sleep_start(pm1a, acpi_fixed.s5_type_a);
		if (has_pm1b)
			sleep_start(pm1b, acpi_fixed.s5_type_b);
	}
	wait_a_little();
}

enum { CHIPSET_RESET = 0xcf9, KEYBOARD = 0x64 };
#define KEYBOARD_BUSY 2
#define KEYBOARD_PULSE_RESET 0xfe

static void keyboard_reset(void)
{
	for (unsigned i = 0; i < POLLS_MOST && x86_in8(KEYBOARD) & KEYBOARD_BUSY; i++)
		arch_cpu_relax();
	x86_out8(KEYBOARD, KEYBOARD_PULSE_RESET);
}

void arch_reset(void)
{
	const struct { uint16_t limit; uint64_t base; } packed_struct no_idt = {};

	if (has_reset) {
		io_write8(reset_register, 0, acpi_fixed.reset_value);
		wait_a_little();
	}
	x86_out8(CHIPSET_RESET, 0x02);
	x86_out8(CHIPSET_RESET, 0x06);
	wait_a_little();
	keyboard_reset();
	wait_a_little();
	/* An exception that cannot be delivered, thrice. */
	__asm__ volatile("lidt %0; int3" :: "m"(no_idt));
}

void arch_vmm_exit(unsigned code)
{
	const char *text = cmdline_value("vmm_exit");
	uint64_t port = text ? string_to_u64(text, &text, 0) : 0;

	if (port && port <= UINT16_MAX)
		x86_out32((uint16_t)port, code);
}
