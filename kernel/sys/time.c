/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls on timers that programs set: getitimer(2), setitimer(2), timer_create(2) and what belongs to it, alarm(2). */
#include <murre/syscall.h>
#include <murre/timers.h>
#include <linux/time.h>

/* sigevent(7), in the part that the kernel reads. */
struct event_words { uint64_t value; int32_t signo, notify, thread; };

static result(unit) event_read(user_in_abi_sigevent from, struct timer_request *r, struct can_sleep cs);
static abi_itimerval itimer_out(struct itimer_value v);

SYSCALL(getitimer, int which, user_out_abi_itimerval value)
{
	struct itimer_value now;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return FAIL(EINVAL);
	itimer_get(which, &now);
	abi_itimerval out = itimer_out(now);
	TRY(copy_out(value, &out));
	return OK(long, 0);
}

SYSCALL(setitimer, int which, user_in_abi_itimerval value, user_out_abi_itimerval old)
{
	struct itimer_value now = {}, before;
	abi_itimerval given;

	/* A missing value turns the timer off, as Linux still does. */
	if (!user_is_null(value)) {
		TRY(copy_in(&given, value));
		now.value = TRY(nsec_from_timeval(given.value));
		now.interval = TRY(nsec_from_timeval(given.interval));
	}
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return FAIL(EINVAL);
	itimer_set(which, now, &before);
	if (!user_is_null(old)) {
		abi_itimerval out = itimer_out(before);
		TRY(copy_out(old, &out));
	}
	return OK(long, 0);
}

SYSCALL(timer_create, int clock, user_in_abi_sigevent event, user_out_int id)
{
	struct timer_request r = { .clock = clock, .notify = SIGEV_SIGNAL, .signo = SIGALRM };
	int nr;

	if (!user_is_null(event))
		TRY(event_read(event, &r, cs));
	nr = TRY(posix_timer_new(&r));
	if (error_of(copy_out(id, &nr))) {
		(void)error_of(posix_timer_delete(nr));
		return FAIL(EFAULT);
	}
	return OK(long, 0);
}

SYSCALL(timer_settime, int id, int flags, user_in_abi_itimerspec value, user_out_abi_itimerspec old)
{
	struct itimer_value now, before;
	abi_itimerspec given;

	if (user_is_null(value))
		return FAIL(EINVAL);
	TRY(copy_in(&given, value));
	now.value = TRY(nsec_from_timespec(given.value));
	now.interval = TRY(nsec_from_timespec(given.interval));
	/* As Linux: only TIMER_ABSTIME means anything here, other bits do not matter. */
	TRY(posix_timer_set(id, now, flags & TIMER_ABSTIME, &before));
	if (!user_is_null(old)) {
		abi_itimerspec out = { .interval = nsec_to_timespec(before.interval), .value = nsec_to_timespec(before.value) };
		TRY(copy_out(old, &out));
	}
	return OK(long, 0);
}

SYSCALL(timer_gettime, int id, user_out_abi_itimerspec value)
{
	struct itimer_value now;

	TRY(posix_timer_get(id, &now));
	abi_itimerspec out = { .interval = nsec_to_timespec(now.interval), .value = nsec_to_timespec(now.value) };
	TRY(copy_out(value, &out));
	return OK(long, 0);
}

SYSCALL(timer_getoverrun, int id)
{
	return OK(long, TRY(posix_timer_overrun(id)));
}

SYSCALL(timer_delete, int id)
{
	TRY(posix_timer_delete(id));
	return OK(long, 0);
}

#if LEGACY_SYSCALLS
SYSCALL(alarm, unsigned seconds)
{
	struct itimer_value before;
	timespec64 left;

	itimer_set(ITIMER_REAL, (struct itimer_value){ .value = nsec_from_sec(seconds) }, &before);
	left = nsec_to_timespec(before.value);
	/* Rounded, but a pending alarm is never told as none. */
	if (left.tv_nsec >= NSEC_PER_SEC / 2 || (left.tv_sec == 0 && left.tv_nsec))
		left.tv_sec++;
	return OK(long, left.tv_sec);
}
#endif

static abi_itimerval itimer_out(struct itimer_value v)
{
	return (abi_itimerval){ .interval = nsec_to_timeval(v.interval), .value = nsec_to_timeval(v.value) };
}

static result(unit) event_read(user_in_abi_sigevent from, struct timer_request *r, struct can_sleep cs)
{
	RETURNS(unit);
	abi_sigevent bytes;
	struct event_words e;

	TRY(copy_in(&bytes, from));
	__builtin_memcpy(&e, &bytes, sizeof(e));
	/* SIGEV_THREAD is the C library's affair; to the kernel it is a signal. */
	switch (e.notify) {
	case SIGEV_NONE:
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
	case SIGEV_THREAD_ID | SIGEV_SIGNAL:
		if (!signal_valid(e.signo))
			return FAIL(EINVAL);
		break;
	default:
		return FAIL(EINVAL);
	}
	r->notify = e.notify;
	r->signo = e.signo;
	r->thread.nr = e.thread;
	r->has_value = true;
	r->value = e.value;
	return DONE;
}
