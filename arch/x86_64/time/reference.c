/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of known speed: the HPET (IA-PC HPET 1.0a), the ACPI power management timer (ACPI 6.5,
 * 4.8.3.3) and channel 2 of the 8254; and the measurement. Both ends of it are taken where the
 * counter steps, so that its own coarseness does not matter, and in the middle of the read that saw
 * it, so that slow reads cancel out.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <x86/acpi.h>
#include <x86/irq.h>
#include <x86/kernel_map.h>
#include <x86/muldiv.h>
#include <x86/time.h>
#include "reference.h"

start_data static io_region region;

/* HPET. ---------------------------------------------------------------------------------------- */

enum {
	HPET_CAPABILITIES = 0x00,
	HPET_PERIOD = 0x04,
	HPET_CONFIGURATION = 0x10,
	HPET_COUNTER = 0xf0
};
#define HPET_PERIOD_MOST 0x05f5e100u		/* femtoseconds */
#define FEMTOSECONDS 1000000000000000ull

start_code static uint64_t hpet_read(void) { return io_read32(region, HPET_COUNTER); }

start_code bool hpet_reference(struct reference *r)
{
	void *registers = acpi_hpet.raw ? x86_window_map(acpi_hpet, 0x400,
							 PTE_READ | PTE_WRITE | PTE_UNCACHED)
					: NULL;
	uint32_t period;

	if (!registers)
		return false;
	region = (io_region){ .base = (uintptr_t)registers };
	period = io_read32(region, HPET_PERIOD);
	if (period == 0 || period > HPET_PERIOD_MOST ||
	    io_read32(region, HPET_CAPABILITIES) == UINT32_MAX)
		return false;
	io_write32(region, HPET_CONFIGURATION, io_read32(region, HPET_CONFIGURATION) | 1);
	*r = (struct reference){ "HPET", FEMTOSECONDS / period, UINT32_MAX, hpet_read };
	return true;
}

/* ACPI timer. ---------------------------------------------------------------------------------- */

#define PM_TIMER_HZ 3579545

start_code static uint64_t pm_timer_read(void) { return io_read32(region, 0); }

start_code bool pm_timer_reference(struct reference *r)
{
	if (!x86_acpi_register_map(&acpi_fixed.pm_timer, &region) ||
	    io_read32(region, 0) == UINT32_MAX)
		return false;
	*r = (struct reference){
		"ACPI timer",
		PM_TIMER_HZ,
		acpi_fixed.pm_timer_is_32_bits ? UINT32_MAX : 0xffffff,
		pm_timer_read,
	};
	return true;
}

/* 8254. ---------------------------------------------------------------------------------------- */

enum { PIT_CHANNEL_2 = 0x42, PIT_COMMAND = 0x43, SPEAKER = 0x61 };
#define SPEAKER_GATE 0x01
#define SPEAKER_SOUND 0x02
#define CHANNEL_2_RATE 0xb4		/* both bytes, mode 2: counts down again and again */
#define CHANNEL_2_LATCH 0x80

start_code static uint64_t pit_read(void)
{
	unsigned low;

	x86_out8(PIT_COMMAND, CHANNEL_2_LATCH);
	low = x86_in8(PIT_CHANNEL_2);
	return 0x10000 - (low | (unsigned)x86_in8(PIT_CHANNEL_2) << 8);
}

start_code bool pit_reference(struct reference *r)
{
	x86_out8(SPEAKER, (x86_in8(SPEAKER) & ~SPEAKER_SOUND) | SPEAKER_GATE);
	x86_out8(PIT_COMMAND, CHANNEL_2_RATE);
	x86_out8(PIT_CHANNEL_2, 0);
	x86_out8(PIT_CHANNEL_2, 0);
	if (!x86_pit_is_there())
		return false;
	*r = (struct reference){ "8254", PIT_HZ, 0xffff, pit_read };
	return true;
}

/* A floating bus reads as ones and never changes; a timer does within a few microseconds. */
start_code bool x86_pit_is_there(void)
{
	uint64_t first = pit_read();

	for (unsigned i = 0; i < 1000; i++)
		if (pit_read() != first)
			return true;
	return false;
}

/* Measuring. ----------------------------------------------------------------------------------- */

#define WINDOW_NS 400000ull
/* Where a read takes long against the window its jitter counts: then the window is that many
 * reads long. */
#define WINDOW_READS 1000
#define WINDOW_MOST_NS 20000000ull

struct moment { uint64_t count, tsc; uint32_t apic; uint64_t read_ticks; };

start_code static struct moment moment_take(const struct reference *r)
{
	uint64_t before = x86_tsc_ordered().count;
	uint64_t count = r->read();
	uint32_t apic = x86_apic_in_use ? x86_apic_timer_left() : 0;
	uint64_t after = x86_tsc_ordered().count;

	return (struct moment){ count, before + (after - before) / 2, apic, after - before };
}

/* The first moment after at least `ticks` more of the reference at which it stepped. */
start_code static struct moment moment_after(const struct reference *r, uint64_t from,
					     uint64_t ticks)
{
	struct moment last = moment_take(r), now;

	for (;; last = now) {
		now = moment_take(r);
		if (now.count != last.count && ((now.count - from) & r->mask) >= ticks)
			return now;
	}
}

start_code static uint64_t ticks_in(const struct reference *r, uint64_t ns)
{
	return min(r->hz * ns / 1000000000, r->mask / 2);
}

/* In reference ticks: long enough for the reads, short enough for the counter. */
start_code static uint64_t window_of(const struct reference *r, const struct moment *first)
{
	struct moment then = moment_after(r, first->count, 16);
	uint64_t tsc = then.tsc - first->tsc, ticks = (then.count - first->count) & r->mask;
	uint64_t read_ticks = tsc ? first->read_ticks * ticks / tsc : 0;

	return min(max(ticks_in(r, WINDOW_NS), read_ticks * WINDOW_READS),
		   ticks_in(r, WINDOW_MOST_NS));
}

start_code static bool reference_find(struct reference *r)
{
	return hpet_reference(r) || pm_timer_reference(r) || pit_reference(r);
}

start_code uint64_t x86_tsc_measure(uint64_t *apic_hz, const char **against)
{
	struct reference r;
	struct moment first, last;
	uint64_t ticks;

	if (!reference_find(&r))
		return 0;
	if (x86_apic_in_use) {
		x86_apic_timer_setup(false);
		x86_apic_timer_set(UINT32_MAX);
	}
	first = moment_after(&r, r.read(), 0);
	last = moment_after(&r, first.count, window_of(&r, &first));
	ticks = (last.count - first.count) & r.mask;
	if (x86_apic_in_use) {
		*apic_hz = (uint64_t)(first.apic - last.apic) * r.hz / ticks;
		x86_apic_timer_set(0);
	}
	*against = r.name;
	return mul_div(last.tsc - first.tsc, r.hz, ticks);
}
