/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock: the time stamp counter, whose speed is measured at start against whatever the machine
 * has of known speed
 * (HPET, ACPI timer, 8254), in well under a millisecond where reading that is cheap. On bare metal
 * CPUID says it better; in a virtual machine what CPUID says is hearsay, and believed only when
 * nothing can be measured.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <murre/log.h>
#include <murre/start.h>
#include <x86/irq.h>
#include <x86/muldiv.h>
#include <x86/registers.h>
#include <x86/time.h>
#include "reference.h"
#include "timer.h"

read_only_after_start struct x86_clock x86_clock;
static read_only_after_start const char *measured_against = "CPUID";

#define SANE_LEAST 10000000ull
#define SANE_MOST 20000000000ull

start_code static uint64_t if_sane(uint64_t hz)
{
	return hz >= SANE_LEAST && hz <= SANE_MOST ? hz : 0;
}

start_code static bool is_virtual(void) { return cpuid(1, 0).c >> 31; }

/* Leaf 15h: TSC = crystal * b / a; where the crystal is not named, leaf 16h gives the result in
 * MHz. */
start_code uint64_t x86_tsc_from_cpuid(void)
{
	uint32_t max_leaf = cpuid(0, 0).a;
	struct cpuid r;

	if (max_leaf < 0x15)
		return 0;
	r = cpuid(0x15, 0);
	if (r.a && r.b && r.c)
		return if_sane((uint64_t)r.c * r.b / r.a);
	if (r.a && r.b && max_leaf >= 0x16)
		return if_sane((cpuid(0x16, 0).a & 0xffff) * 1000000ull);
	return 0;
}

/* Of hypervisors, kHz: the last thing to believe. */
start_code static uint64_t tsc_from_hypervisor(void)
{
	if (!is_virtual() || cpuid(0x40000000, 0).a < 0x40000010)
		return 0;
	return if_sane(cpuid(0x40000010, 0).a * 1000ull);
}

start_code static uint64_t tsc_find(uint64_t *apic_hz)
{
	uint64_t hz = is_virtual() ? 0 : x86_tsc_from_cpuid();

	if (!hz)
		hz = if_sane(x86_tsc_measure(apic_hz, &measured_against));
	if (!hz)
		hz = x86_tsc_from_cpuid();
	if (!hz)
		hz = tsc_from_hypervisor();
	if (!hz) {
		measured_against = "nothing at all";
		hz = 1000000000;
	}
	return hz;
}

start_code void x86_clock_start(void)
{
	uint64_t apic_hz = 0, hz = tsc_find(&apic_hz);

	x86_clock.tick.fixed = mul_div(1000000000, 1ull << 32, hz);
	x86_clock.start = x86_tsc_ordered();
	x86_timer_start(hz, apic_hz);
}

/* Not at once: the command line, which may want silence, is read later. */
START_TASK(tsc_report, needs())
{
	uint64_t khz = mul_div(1000000, 1ull << 32, x86_clock.tick.fixed);

	log_info("clock: TSC at %lu.%03lu MHz, from %s", khz / 1000, khz % 1000, measured_against);
}

const char *arch_clock_name(void) { return "tsc"; }
