/* SPDX-License-Identifier: GPL-2.0-only */
/* Contract: one free-running clock that all CPUs agree on, and one deadline timer per CPU. */
#pragma once
#include <murre/base/types.h>

/* Nanoseconds since the clock started; monotonic, any context, a few instructions. */
static inline nsec_t arch_clock_now(void);
/* Calls clock_event_handle() on this CPU at or soon after `when` (in arch_clock_now's time); replaces an earlier one.
 * NSEC_NEVER: none. Interrupts off. */
void arch_clock_event_set(nsec_t when);
/* Seconds since 1970-01-01 UTC from the battery-backed clock; 0 where there is none. May take milliseconds. */
int64_t arch_rtc_read(void);
/* Name and resolution, for /sys and logs. */
const char *arch_clock_name(void);

#include <arch/clock_impl.h>
