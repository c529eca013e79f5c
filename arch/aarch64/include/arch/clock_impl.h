/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/clock.h: nanoseconds are the generic timer's virtual counter times a fixed-point factor. All
 * CPUs see one counter; its speed is what firmware wrote into CNTFRQ_EL0 (Arm ARM, D11.1). Set once at start, never
 * changed after, so that no reader needs a lock.
 */
#pragma once

struct arm64_clock {
	uint64_t start;			/* counter when the clock read zero */
	uint64_t ns_per_tick;		/* 32.32 fixed point */
};
extern struct arm64_clock arm64_clock;

/* ISB: the counter is not read ahead of what comes before, so that two CPUs agree on the order of events. */
static inline uint64_t arm64_counter_ordered(void)
{
	uint64_t count;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count) :: "memory");
	return count;
}

static inline nsec_t arch_clock_now(void)
{
	uint64_t ticks = arm64_counter_ordered() - arm64_clock.start;

	return (nsec_t){ (int64_t)((unsigned __int128)ticks * arm64_clock.ns_per_tick >> 32) };
}
