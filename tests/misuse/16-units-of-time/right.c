/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units are named where numbers become times.
 */
#include <murre/time.h>
#include <murre/wait.h>

result(unit) pause_for(int milliseconds, struct can_sleep cs)
{
	return sleep_until(nsec_add(clock_now(), nsec_from_msec(milliseconds)), cs);
}

bool is_long(nsec_t span) { return nsec_before(nsec_from_sec(5), span); }

nsec_t left(nsec_t deadline, ticks_t now, ns_per_tick_t tick)
{
	return nsec_sub(deadline, nsec_from_ticks(now, tick));
}
