/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/clock.h: nanoseconds are the time stamp counter times a fixed-point factor,
 * measured or read from CPUID once at start (arch/x86_64/time/tsc.c) and never changed after, so
 * that no reader needs a lock.
 */
#pragma once

struct x86_clock {
	ticks_t start;			/* counter when the clock read zero */
	ns_per_tick_t tick;
};
extern struct x86_clock x86_clock;

/* LFENCE: the counter is not read ahead of earlier loads, so that two CPUs agree on the order of
 * events. */
static inline ticks_t x86_tsc_ordered(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (ticks_t){ (uint64_t)high << 32 | low };
}

static inline nsec_t arch_clock_now(void)
{
	return nsec_from_ticks(ticks_sub(x86_tsc_ordered(), x86_clock.start), x86_clock.tick);
}
