/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interval timers and the CPU time limit of a process. ITIMER_REAL is a kernel timer; ITIMER_VIRTUAL, ITIMER_PROF and
 * RLIMIT_CPU count CPU time and are looked at by each tick that finds a thread of the process running. State under the
 * process's itimers lock, also taken by the timer interrupt. setitimer(2), getrlimit(2).
 */
#include <murre/timers.h>
#include <linux/time.h>
#include "proc.h"

/* An interval shorter than this would leave no time for anything but its interrupts. */
#define INTERVAL_MIN nsec(20 * NSEC_PER_USEC)
/* Nor one whose signals nobody takes: the next would change nothing. */
#define INTERVAL_UNTAKEN nsec(16 * NSEC_PER_MSEC)

static void alarm_ring(struct timer *timer);
static nsec_t clock_of(int which, const struct usage *used);
static void cpu_timer_check(itimers_locked t, struct process *p, int which, int signo,
			    const struct usage *used);
static void cpu_limit_check(itimers_locked t, struct process *p, const struct usage *used);
static void cpu_timers_recount(itimers_locked t, struct process *p);

void itimers_init(struct process *p)
{
	timer_init(&p->alarm, alarm_ring);
}

void itimers_end(struct process *p)
{
	{
		hold(itimers, t, &p->itimers);
		*in(t) = (struct itimers){};
	}
	timer_cancel(&p->alarm);
}

static nsec_t time_left(nsec_t at, nsec_t now)
{
	if (!at.ns)
		return nsec(0);
	/* Due but not delivered yet: as little as can be told, not "off". */
	return nsec_before(now, at) ? nsec_sub(at, now) : nsec(NSEC_PER_USEC);
}

void itimer_get(int which, struct itimer_value *out)
{
	struct process *p = current_process();
	struct usage used = {};

	if (which != ITIMER_REAL)
		process_usage(p, &used);
	hold(itimers, t, &p->itimers);
	out->value = time_left(in(t)->value[which], clock_of(which, &used));
	out->interval = in(t)->interval[which];
}

void itimer_set(int which, struct itimer_value now, struct itimer_value *before)
{
	struct process *p = current_process();
	struct usage used = {};
	nsec_t at = nsec(0);

	if (which != ITIMER_REAL)
		process_usage(p, &used);
	{
		hold(itimers, t, &p->itimers);
		before->value = time_left(in(t)->value[which], clock_of(which, &used));
		before->interval = in(t)->interval[which];
		if (now.value.ns)
			at = nsec_add(clock_of(which, &used), now.value);
		in(t)->value[which] = at;
		in(t)->interval[which] = now.interval;
		cpu_timers_recount(t, p);
	}
	/* A timer that is off may still ring once: it finds nothing to do. */
	if (which == ITIMER_REAL && at.ns)
		timer_arm(&p->alarm, at);
}

void cpu_limit_changed(struct process *p)
{
	hold(itimers, t, &p->itimers);

	in(t)->cpu_limit_told = nsec(0);
	cpu_timers_recount(t, p);
}

/* A hint: nobody has taken the last SIGALRM, or nobody wants any. */
static bool alarm_waits(struct process *p)
{
	return (read_once(peek(&p->signals)->pending.set) | read_once(p->actions->ignored)) & signal_bit(SIGALRM);
}

static void alarm_ring(struct timer *timer)
{
	struct process *p = process_of_timer(timer);
	struct signal_info i = signal_info_kernel(SIGALRM);
	nsec_t now = clock_now(), next = nsec(0);
	hold(itimers, t, &p->itimers);
	nsec_t at = in(t)->value[ITIMER_REAL], interval = in(t)->interval[ITIMER_REAL];

	if (!at.ns)
		return;
	if (nsec_before(now, at)) {
		timer_arm(timer, at);
		return;
	}
	if (interval.ns) {
		nsec_t least = alarm_waits(p) ? INTERVAL_UNTAKEN : INTERVAL_MIN;

		next = nsec_add(at, interval);
		if (nsec_before(next, nsec_add(now, least)))
			next = nsec_add(now, nsec_before(interval, least) ? least : interval);
		timer_arm(timer, next);
	}
	in(t)->value[ITIMER_REAL] = next;
	(void)error_of(signal_send_process(p, &i));
}

void process_ticked(struct task *task, bool from_user)
{
	struct process *p = thread_of_task(task)->process;
	struct usage used;

	if (likely(!read_once(p->cpu_timers)))
		return;
	process_usage(p, &used);
	{
		hold(itimers, t, &p->itimers);
		cpu_timer_check(t, p, ITIMER_VIRTUAL, SIGVTALRM, &used);
		cpu_timer_check(t, p, ITIMER_PROF, SIGPROF, &used);
		cpu_limit_check(t, p, &used);
	}
	posix_timers_tick(p, &used);
}

static nsec_t clock_of(int which, const struct usage *used)
{
	switch (which) {
	case ITIMER_REAL: return clock_now();
	case ITIMER_VIRTUAL: return used->user;
	default: return nsec_add(used->user, used->system);
	}
}

static void cpu_timer_check(itimers_locked t, struct process *p, int which, int signo, const struct usage *used)
{
	nsec_t at = in(t)->value[which], now = clock_of(which, used);
	struct signal_info i = signal_info_kernel(signo);

	if (!at.ns || nsec_before(now, at))
		return;
	in(t)->value[which] = in(t)->interval[which].ns ? nsec_add(now, in(t)->interval[which]) : nsec(0);
	cpu_timers_recount(t, p);
	(void)error_of(signal_send_process(p, &i));
}

/* SIGXCPU at the soft limit and each second beyond it, SIGKILL at the hard one. */
static void cpu_limit_check(itimers_locked t, struct process *p, const struct usage *used)
{
	const struct rlimit64 *limit = &p->limits.limit[RLIMIT_CPU];
	nsec_t now = clock_of(ITIMER_PROF, used);
	uint64_t seconds = now.ns / NSEC_PER_SEC;
	struct signal_info i = signal_info_kernel(SIGXCPU);

	if (seconds >= limit->rlim_max)
		i.signo = SIGKILL;
	else if (seconds < limit->rlim_cur)
		return;
	if (in(t)->cpu_limit_told.ns && nsec_before(now, nsec_add(in(t)->cpu_limit_told, nsec_from_sec(1))))
		return;
	in(t)->cpu_limit_told = now;
	(void)error_of(signal_send_process(p, &i));
}

static void cpu_timers_recount(itimers_locked t, struct process *p)
{
	bool any = in(t)->value[ITIMER_VIRTUAL].ns || in(t)->value[ITIMER_PROF].ns ||
		   p->limits.limit[RLIMIT_CPU].rlim_cur != RLIM64_INFINITY || posix_timers_count_cpu(p);

	write_once(p->cpu_timers, any);
}

void cpu_timers_look(struct process *p)
{
	hold(itimers, t, &p->itimers);
	cpu_timers_recount(t, p);
}
