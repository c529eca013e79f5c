/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and setting clocks, and sleeping by them: clock_gettime(2), clock_settime(2), clock_nanosleep(2), gettimeofday(2).
 * A clock is a number: a fixed one, or a negative one that holds a process or thread whose CPU time it counts.
 */
#include <linux/time.h>
#include <murre/process.h>
#include <murre/start.h>
#include <murre/syscall.h>
#include <murre/wait.h>

/* The parts of a negative clock number; see clock_getcpuclockid(3). */
enum { CPU_CLOCK_KIND = 3, CPU_CLOCK_THREAD = 4, CPU_CLOCK_USER = 1, CPU_CLOCK_FD = 3, CPU_CLOCK_PID_SHIFT = 3 };

static result(nsec_t) cpu_clock_read(int clock);
static result(nsec_t) process_clock_read(int clock, struct process *p);
static result(long) sleep_cpu_time(nsec_t span, bool absolute, struct can_sleep cs);
static result(long) sleep_realtime(nsec_t until, struct can_sleep cs);
static result(long) sleep_relative(nsec_t deadline, user_out_timespec64 remain, struct can_sleep cs);

static result(nsec_t) clock_read(int clock)
{
	RETURNS(nsec_t);

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:				/* nobody has told us of leap seconds: the offset is 0 */
		return OK(nsec_t, clock_realtime());
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:			/* there is no suspend */
	case CLOCK_BOOTTIME_ALARM:
		return OK(nsec_t, clock_now());
	case CLOCK_PROCESS_CPUTIME_ID:
		return OK(nsec_t, process_cpu_time(current_process()));
	case CLOCK_THREAD_CPUTIME_ID:
		return OK(nsec_t, task_cpu_time(current()));
	}
	return clock < 0 ? cpu_clock_read(clock) : FAIL(EINVAL);
}

SYSCALL(clock_gettime, int clock, user_out_timespec64 time)
{
	timespec64 ts = nsec_to_timespec(TRY(clock_read(clock)));

	TRY(copy_out(time, &ts));
	return OK(long, 0);
}

SYSCALL(clock_settime, int clock, user_in_timespec64 time)
{
	timespec64 ts;

	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return FAIL(EPERM);
	if (clock < 0) {
		TRY(clock_read(clock));
		return FAIL(EPERM);
	}
	if (clock != CLOCK_REALTIME)
		return FAIL(EINVAL);
	TRY(copy_in(&ts, time));
	nsec_t now = TRY(nsec_from_timespec(ts));
	if (!capable(CAP_SYS_TIME))
		return FAIL(EPERM);
	clock_realtime_set(now);
	return OK(long, 0);
}

SYSCALL(clock_getres, int clock, user_out_timespec64 resolution)
{
	bool is_coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
	timespec64 ts = { .tv_nsec = is_coarse ? 4 * NSEC_PER_MSEC : 1 };

	TRY(clock_read(clock));
	if (!user_is_null(resolution))
		TRY(copy_out(resolution, &ts));
	return OK(long, 0);
}

/* EINVAL: no such clock; EOPNOTSUPP: nobody can sleep by it. */
static result(unit) clock_can_sleep(int clock)
{
	RETURNS(unit);

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_PROCESS_CPUTIME_ID:
		return DONE;
	}
	TRY(clock_read(clock));
	return FAIL(EOPNOTSUPP);
}

/* Bits of flags beyond TIMER_ABSTIME have no meaning to Linux either, which takes them. */
SYSCALL(clock_nanosleep, int clock, int flags, user_in_timespec64 request, user_out_timespec64 remain)
{
	bool absolute = flags & TIMER_ABSTIME;
	timespec64 ts;

	TRY(clock_can_sleep(clock));
	TRY(copy_in(&ts, request));
	nsec_t when = TRY(nsec_from_timespec(ts));
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		return sleep_cpu_time(when, absolute, cs);
	if (!absolute)
		return sleep_relative(nsec_add(clock_now(), when), remain, cs);
	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI)
		return sleep_realtime(when, cs);
	return error_of(sleep_until(when, cs)) ? FAIL(ERESTARTNOHAND) : OK(long, 0);
}

SYSCALL(nanosleep, user_in_timespec64 request, user_out_timespec64 remain)
{
	timespec64 ts;

	TRY(copy_in(&ts, request));
	nsec_t span = TRY(nsec_from_timespec(ts));
	return sleep_relative(nsec_add(clock_now(), span), remain, cs);
}

/* The date with microseconds, and the time zone that somebody once told the kernel. ---------------------------------- */

static abi_timezone time_zone;
static bool time_zone_was_set;

SYSCALL(gettimeofday, user_out_timeval64 time, user_out_abi_timezone zone)
{
	timeval64 tv = nsec_to_timeval(clock_realtime());
	abi_timezone z = time_zone;

	if (!user_is_null(time))
		TRY(copy_out(time, &tv));
	if (!user_is_null(zone))
		TRY(copy_out(zone, &z));
	return OK(long, 0);
}

/* The first zone that is set alone says that the battery-backed clock counts local time: the date moves to UTC. */
static void time_zone_set(abi_timezone z, bool alone)
{
	bool first = !__atomic_exchange_n(&time_zone_was_set, true, __ATOMIC_RELAXED);

	time_zone = z;
	if (first && alone && z.minutes_west)
		clock_realtime_set(nsec_add(clock_realtime(), nsec_from_sec(60l * z.minutes_west)));
}

SYSCALL(settimeofday, user_in_timeval64 time, user_in_abi_timezone zone)
{
	enum { WEST_MOST = 15 * 60 };
	nsec_t now = nsec(0);
	abi_timezone z = {};

	if (!user_is_null(time)) {
		timeval64 tv;

		TRY(copy_in(&tv, time));
		now = TRY(nsec_from_timeval(tv));
	}
	if (!user_is_null(zone))
		TRY(copy_in(&z, zone));
	if (!capable(CAP_SYS_TIME))
		return FAIL(EPERM);
	if (!user_is_null(zone) && (z.minutes_west > WEST_MOST || z.minutes_west < -WEST_MOST))
		return FAIL(EINVAL);
	if (!user_is_null(zone))
		time_zone_set(z, user_is_null(time));
	if (!user_is_null(time))
		clock_realtime_set(now);
	return OK(long, 0);
}

#if LEGACY_SYSCALLS
SYSCALL(time, user_out_long seconds)
{
	long now = nsec_to_timespec(clock_realtime()).tv_sec;

	if (!user_is_null(seconds))
		TRY(copy_out(seconds, &now));
	return OK(long, now);
}
#endif

/* CPU clocks. ------------------------------------------------------------------------------------------------------ */

static nsec_t thread_clock_read(int clock, struct thread *t)
{
	nsec_t user, system;

	if ((clock & CPU_CLOCK_KIND) != CPU_CLOCK_USER)
		return task_cpu_time(&t->task);
	task_cpu_times(&t->task, &user, &system);
	return user;
}

/* Of a thread only if it is one of ours (clock_getcpuclockid(3), pthread_getcpuclockid(3)). */
static result(nsec_t) cpu_clock_read(int clock)
{
	RETURNS(nsec_t);
	pid_nr_t nr = { ~(clock >> CPU_CLOCK_PID_SHIFT) };

	if ((clock & CPU_CLOCK_KIND) == CPU_CLOCK_FD)
		return FAIL(EINVAL);
	if (clock & CPU_CLOCK_THREAD) {
		own(thread_ref, t, nr.nr ? thread_find(nr) : thread_share_ref(current_thread()));
		if (is_none(t) || at(t)->process != current_process())
			return FAIL(EINVAL);
		return OK(nsec_t, thread_clock_read(clock, at(t)));
	}
	own(process_ref, p, nr.nr ? process_find(nr) : process_share(current_process()));
	return is_none(p) ? FAIL(EINVAL) : process_clock_read(clock, at(p));
}

static result(nsec_t) process_clock_read(int clock, struct process *p)
{
	RETURNS(nsec_t);
	struct usage used;

	if ((clock & CPU_CLOCK_KIND) != CPU_CLOCK_USER)
		return OK(nsec_t, process_cpu_time(p));
	process_usage(p, &used);
	return OK(nsec_t, used.user);
}

/* Sleeping. -------------------------------------------------------------------------------------------------------- */

static waitq date_changed;

static void date_has_changed(void)
{
	wake_up_all(&date_changed, 0);
}

START_TASK(clock_calls_start, needs(clock_start))
{
	static struct clock_listener listener = { .changed = date_has_changed };

	clock_listen(&listener);
}

static result(long) sleep_realtime(nsec_t until, struct can_sleep cs)
{
	for (;;) {
		nsec_t offset = clock_realtime_offset();
		nsec_t deadline = nsec_sub(until, offset);
		int err = error_of(wait_event_until(&date_changed, clock_realtime_offset().ns != offset.ns, deadline, cs));

		if (err == ETIMEDOUT)
			return OK(long, 0);
		if (err)
			return FAIL(ERESTARTNOHAND);
	}
}

/* CPU time cannot pass faster than all CPUs together let it: sleep that long and look again. */
static result(long) sleep_cpu_time(nsec_t span, bool absolute, struct can_sleep cs)
{
	struct process *p = current_process();
	nsec_t until = absolute ? span : nsec_add(process_cpu_time(p), span);

	for (;;) {
		nsec_t left = nsec_sub(until, process_cpu_time(p));
		nsec_t step = nsec(max(left.ns / cpus_online, NSEC_PER_MSEC));

		if (left.ns <= 0)
			return OK(long, 0);
		if (error_of(sleep_until(nsec_add(clock_now(), step), cs)))
			return FAIL(absolute ? ERESTARTNOHAND : EINTR);
	}
}

static result(long) sleep_resume(struct call_restart *r, struct can_sleep cs)
{
	return sleep_relative(r->deadline, user_as_out(timespec64, user_addr_from(r->remain)), cs);
}

/* Broken off: what is left goes to the caller, and the call goes on to the same deadline when no handler ran. */
static result(long) sleep_relative(nsec_t deadline, user_out_timespec64 remain, struct can_sleep cs)
{
	if (!error_of(sleep_until(deadline, cs)))
		return OK(long, 0);
	nsec_t left = nsec_sub(deadline, clock_now());
	if (left.ns <= 0)
		return OK(long, 0);
	if (!user_is_null(remain)) {
		timespec64 ts = nsec_to_timespec(left);

		TRY(copy_out(remain, &ts));
	}
	current_thread()->restart = (struct call_restart){
		.resume = sleep_resume, .deadline = deadline, .remain = user_value(remain),
	};
	return FAIL(ERESTART_RESTARTBLOCK);
}
