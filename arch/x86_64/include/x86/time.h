/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks and timers of a PC. */
#pragma once
#include <arch/clock.h>

/* Measures the TSC (and the APIC timer with it), starts the clock at zero and sets up this CPU's
 * timer. */
void x86_clock_start(void);

/*
 * Frequencies in Hz; 0: not known. A measurement runs both counters against a clock of known speed
 * for `ns` and leaves the APIC timer's speed in *apic_hz if that timer runs.
 */
uint64_t x86_tsc_from_cpuid(void);
uint64_t x86_tsc_measure(uint64_t *apic_hz, const char **against);

/* The 8254: channel 0 as a one-shot timer where there is no APIC; channel 2 for measuring. */
#define PIT_HZ 1193182ul
bool x86_pit_is_there(void);
void x86_pit_timer_set(uint32_t ticks);

/* Whether the CPU's timer comes in through this line: the 8254 of a machine without an APIC. */
bool x86_timer_is_line(unsigned line);
