/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The deadline timer of this CPU: the local APIC's, given a TSC value where it takes one and a
 * count down else; on machines without an APIC channel 0 of the 8254. A deadline too far for the
 * hardware's counter comes early, and whoever gets it sets the rest.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <murre/log.h>
#include <x86/cpu.h>
#include <x86/irq.h>
#include <x86/muldiv.h>
#include <x86/registers.h>
#include <x86/time.h>
#include "timer.h"

static read_only_after_start ticks_per_ns_t speed;
static read_only_after_start uint32_t ticks_most;
static read_only_after_start enum { TIMER_DEADLINE, TIMER_APIC, TIMER_PIT } kind;
static read_only_after_start int pit_line = -1;

enum { PIT_CHANNEL_0 = 0x40, PIT_COMMAND = 0x43 };
#define CHANNEL_0_ONE_SHOT 0x30		/* both bytes, mode 0: raises its line at zero */

static void deadline_set(nsec_t when)
{
	ticks_t at = ticks_add(x86_clock.start, ticks_from_nsec(when, speed));

	wrmsr(MSR_TSC_DEADLINE, when.ns == INT64_MAX ? 0 : at.count);
}

void x86_pit_timer_set(uint32_t ticks)
{
	x86_out8(PIT_COMMAND, CHANNEL_0_ONE_SHOT);
	if (ticks == 0)
		return;
	x86_out8(PIT_CHANNEL_0, (uint8_t)ticks);
	x86_out8(PIT_CHANNEL_0, (uint8_t)(ticks >> 8));
}

void arch_clock_event_set(nsec_t when)
{
	uint64_t ticks = 0;

	if (kind == TIMER_DEADLINE) {
		deadline_set(when);
		return;
	}
	if (when.ns != INT64_MAX) {
		nsec_t left = nsec_sub(when, arch_clock_now());

		ticks = min(ticks_from_nsec(left, speed).count, (uint64_t)ticks_most);
	}
	if (likely(kind == TIMER_APIC))
		x86_apic_timer_set((uint32_t)ticks);
	else
		x86_pit_timer_set((uint32_t)ticks);
}

bool x86_timer_is_line(unsigned line) { return (int)line == pit_line; }

start_code static uint64_t apic_measure(uint64_t tsc_hz)
{
	ticks_t start = x86_tsc_ordered();
	uint64_t span = tsc_hz / 4000, ran;

	x86_apic_timer_setup(false);
	x86_apic_timer_set(UINT32_MAX);
	do
		ran = ticks_sub(x86_tsc_ordered(), start).count;
	while (ran < span);
	ran = (uint64_t)(UINT32_MAX - x86_apic_timer_left()) * tsc_hz / ran;
	x86_apic_timer_set(0);
	return ran;
}

start_code static void rate_set(uint64_t hz, uint32_t most)
{
	speed.fixed = mul_div(hz, 1ull << 32, 1000000000);
	ticks_most = most;
}

start_code void x86_timer_start(uint64_t tsc_hz, uint64_t apic_hz)
{
	if (x86_apic_in_use && x86_features.tsc_deadline) {
		kind = TIMER_DEADLINE;
		rate_set(tsc_hz, UINT32_MAX);
		x86_apic_timer_setup(true);
		return;
	}
	if (x86_apic_in_use && !apic_hz)
		apic_hz = apic_measure(tsc_hz);
	if (apic_hz) {
		kind = TIMER_APIC;
		rate_set(apic_hz, UINT32_MAX);
		x86_apic_timer_setup(false);
		return;
	}
	kind = TIMER_PIT;
	rate_set(PIT_HZ, 0xffff);
	x86_pit_timer_set(0);
	pit_line = (int)arch_irq_from_isa(0);
	if (error_of(arch_irq_unmask((unsigned)pit_line)))
		log_err("clock: no timer that interrupts");
}
