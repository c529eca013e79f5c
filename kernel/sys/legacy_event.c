/* SPDX-License-Identifier: GPL-2.0-only */
/* The oldest forms of the event calls, each a case of one in event.c. */
#include <murre/event.h>
#include <murre/process.h>
#include <murre/syscall.h>
#include "event.h"

#if LEGACY_SYSCALLS
SYSCALL(pipe, user_out_int fds)
{
	return pipe_make(fds, 0, cs);
}

SYSCALL(eventfd, unsigned initial)
{
	return sys_eventfd2(initial, 0, cs);
}

SYSCALL(signalfd, fd_t fd, user_in_abi_sigset mask, size_t mask_bytes)
{
	return sys_signalfd4(fd, mask, mask_bytes, 0, cs);
}

SYSCALL(epoll_create, int size)
{
	return size <= 0 ? FAIL(EINVAL) : sys_epoll_create1(0, cs);
}

SYSCALL(epoll_wait, fd_t ep, user_out_abi_epoll_event events, int count, int timeout_ms)
{
	return epoll_wait_until(ep, events, count, deadline_after_ms(timeout_ms), cs);
}

static result(long) poll_resume(struct call_restart *r, struct can_sleep cs);

/* Broken off without a handler (stopped and continued), it goes on to the same deadline. */
static result(long) poll_or_resume(user_abi_pollfd fds, unsigned count, nsec_t deadline, struct can_sleep cs)
{
	attempt(ready, err, poll_until(fds, count, deadline, cs));
	if (err == ERESTARTNOHAND) {
		current_thread()->restart = (struct call_restart){
			.resume = poll_resume, .deadline = deadline, .word = user_value(fds), .value = count,
		};
		return FAIL(ERESTART_RESTARTBLOCK);
	}
	return err ? FAIL(err) : OK(long, ready);
}

static result(long) poll_resume(struct call_restart *r, struct can_sleep cs)
{
	return poll_or_resume(user_from(abi_pollfd, r->word), r->value, r->deadline, cs);
}

SYSCALL(poll, user_abi_pollfd fds, unsigned count, int timeout_ms)
{
	return poll_or_resume(fds, count, deadline_after_ms(timeout_ms), cs);
}

/* A microsecond part of a million and more is carried over (select(2) of Linux), negative parts are not. */
static result(nsec_t) deadline_from_timeval(timeval64 t)
{
	RETURNS(nsec_t);
	int64_t seconds;

	if (__builtin_add_overflow(t.tv_sec, t.tv_usec / 1000000, &seconds))
		return FAIL(EINVAL);
	timespec64 span = { .tv_sec = seconds, .tv_nsec = t.tv_usec % 1000000 * NSEC_PER_USEC };
	nsec_t ns = TRY(nsec_from_timespec(span));
	return OK(nsec_t, ns.ns == 0 ? NSEC_NO_WAIT : nsec_add(clock_now(), ns));
}

SYSCALL(select, int count, user_addr in, user_addr out, user_addr except, user_timeval64 timeout)
{
	nsec_t deadline = NSEC_NEVER;
	timeval64 span;

	if (!user_is_null(timeout)) {
		TRY(copy_in(&span, timeout));
		deadline = TRY(deadline_from_timeval(span));
	}
	attempt(ready, err, select_until(count, &(struct select_args){ in, out, except }, deadline, cs));
	if (!user_is_null(timeout) && deadline.ns != NSEC_NO_WAIT.ns) {
		timeval64 left = nsec_to_timeval(time_left(deadline));

		if (error_of(copy_out(timeout, &left)) && err == ERESTARTNOHAND)
			return FAIL(EINTR);		/* must not start again with the old time */
	}
	return err ? FAIL(err) : OK(long, ready);
}
#endif
