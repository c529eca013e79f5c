/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/clock.h: nanoseconds are the generic timer's virtual counter times a fixed-point factor. All
 * CPUs see one counter; its speed is what firmware wrote into CNTFRQ_EL0 (Arm ARM, D11.1). Set once at start, never
 * changed after, so that no reader needs a lock.
 */
#pragma once

struct arm64_clock {
	ticks_t start;			/* counter when the clock read zero */
	ns_per_tick_t tick;
};
extern struct arm64_clock arm64_clock;

/* ISB: the counter is not read ahead of what comes before, so that two CPUs agree on the order of events. */
static inline ticks_t arm64_counter_ordered(void)
{
	ticks_t t;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(t.count) :: "memory");
	return t;
}

static inline nsec_t arch_clock_now(void)
{
	return nsec_from_ticks(ticks_sub(arm64_counter_ordered(), arm64_clock.start), arm64_clock.tick);
}
