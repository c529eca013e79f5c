/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that programs set: the three interval timers of a process (setitimer(2)) and POSIX timers (timer_create(2)).
 * Both end in signals. Times that count CPU time are looked at by each tick of the scheduler.
 */
#pragma once
#include <murre/process.h>

struct itimer_value { nsec_t value, interval; };	/* value 0: off; otherwise from now on */
/* which: ITIMER_*. */
void itimer_get(int which, struct itimer_value *out);
void itimer_set(int which, struct itimer_value now, struct itimer_value *before);
/* RLIMIT_CPU has changed. */
void cpu_limit_changed(struct process *p);

struct timer_request {
	int clock;
	int notify;				/* SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID */
	int signo;
	bool has_value;				/* else sigev_value is the timer's number */
	uint64_t value;
	pid_nr_t thread;			/* SIGEV_THREAD_ID */
};
/* The number. EINVAL: clock, signal or thread; EAGAIN: too many. */
result(int) posix_timer_new(const struct timer_request *r);
result(unit) posix_timer_get(int id, struct itimer_value *out);
result(unit) posix_timer_set(int id, struct itimer_value now, bool absolute, struct itimer_value *before);
result(int) posix_timer_overrun(int id);
result(unit) posix_timer_delete(int id);
