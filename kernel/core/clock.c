/* SPDX-License-Identifier: GPL-2.0-only */
/* The real-time clock as an offset to the monotonic one, and conversions to the ABI's time structures. */
#include <murre/log.h>
#include <murre/start.h>
#include <murre/time.h>
#include "core.h"

static int64_t realtime_offset;			/* ns; read and written whole, atomically */
static struct clock_listener *listeners;		/* only grows, at its head */

nsec_t clock_realtime_offset(void) { return nsec(__atomic_load_n(&realtime_offset, __ATOMIC_RELAXED)); }
nsec_t clock_realtime(void) { return nsec_add(clock_now(), clock_realtime_offset()); }

void clock_realtime_set(nsec_t since_epoch)
{
	__atomic_store_n(&realtime_offset, nsec_sub(since_epoch, clock_now()).ns, __ATOMIC_RELAXED);
	for (struct clock_listener *l = rcu_load(listeners); l; l = l->next)
		l->changed();
}

void clock_listen(struct clock_listener *l)
{
	l->next = rcu_load(listeners);
	while (!__atomic_compare_exchange_n(&listeners, &l->next, l, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

START_TASK(clock_start, needs())
{
	int64_t seconds = arch_rtc_read();

	if (seconds > 0)
		clock_realtime_set(nsec_from_sec(seconds));
	log_info("clock: %s; date %s", arch_clock_name(), seconds > 0 ? "from the battery-backed clock" : "unknown");
}

static result(nsec_t) nsec_from_parts(int64_t seconds, int64_t part, int64_t part_max, int64_t part_ns)
{
	RETURNS(nsec_t);

	if (seconds < 0 || part < 0 || part >= part_max)
		return FAIL(EINVAL);
	if (seconds >= INT64_MAX / NSEC_PER_SEC)
		return OK(nsec_t, NSEC_NEVER);
	return OK(nsec_t, nsec(seconds * NSEC_PER_SEC + part * part_ns));
}

result(nsec_t) nsec_from_timespec(timespec64 ts) { return nsec_from_parts(ts.tv_sec, ts.tv_nsec, NSEC_PER_SEC, 1); }
result(nsec_t) nsec_from_timeval(timeval64 tv) { return nsec_from_parts(tv.tv_sec, tv.tv_usec, 1000000, NSEC_PER_USEC); }

/* Rounds down, so that times before 1970 keep a part of 0 and more. */
static int64_t seconds_floor(int64_t ns)
{
	return ns / NSEC_PER_SEC - (ns % NSEC_PER_SEC < 0);
}

timespec64 nsec_to_timespec(nsec_t t)
{
	int64_t seconds = seconds_floor(t.ns);

	return (timespec64){ .tv_sec = seconds, .tv_nsec = t.ns - seconds * NSEC_PER_SEC };
}

timeval64 nsec_to_timeval(nsec_t t)
{
	int64_t seconds = seconds_floor(t.ns);

	return (timeval64){ .tv_sec = seconds, .tv_usec = (t.ns - seconds * NSEC_PER_SEC) / NSEC_PER_USEC };
}
