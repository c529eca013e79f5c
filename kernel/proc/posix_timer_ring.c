/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time of POSIX timers: kernel timers for clocks that always run, the scheduler's tick for CPU time, and a look at all
 * of them when the date is set. Runs in the timer interrupt and under the table's lock. timer_settime(2).
 */
#include <murre/start.h>
#include "posix_timer.h"

/* No timer rings more often than this; one whose signals nobody takes pauses ever longer, up to the second. Expiries in
 * between are counted as overruns, as they are anyway. */
#define RING_MIN nsec(20 * NSEC_PER_USEC)
#define PAUSE_MOST nsec(16 * NSEC_PER_MSEC)

static bool counts_cpu(const struct posix_timer *t) { return t->base >= BASE_PROCESS_CPU; }

nsec_t posix_timer_now(const struct posix_timer *t)
{
	switch (t->base) {
	case BASE_MONOTONIC: return clock_now();
	case BASE_REALTIME: return t->is_absolute ? clock_realtime() : clock_now();
	case BASE_PROCESS_CPU: return process_cpu_time(t->process);
	case BASE_THREAD_CPU: break;
	}
	return task_cpu_time(&at(t->counted)->task);
}

void posix_timer_start(timer_table_locked k, struct posix_timer *t)
{
	nsec_t left;

	shown_by(k);
	t->pause = RING_MIN;
	t->untaken = false;
	if (t->notify == SIGEV_NONE)
		return;			/* nobody is told: the value is computed when it is asked for */
	if (counts_cpu(t)) {
		if (!cpu_timer_list_linked(t))
			cpu_timer_list_push_back(&in(k)->cpu, t);
		return;
	}
	left = nsec_sub(t->at, posix_timer_now(t));
	timer_arm(&t->timer, nsec_add(clock_now(), nsec_before(left, nsec(0)) ? nsec(0) : left));
}

/* A kernel timer that was armed may still ring: it finds the timer off. */
void posix_timer_stop(timer_table_locked k, struct posix_timer *t)
{
	shown_by(k);
	t->at = nsec(0);
	if (cpu_timer_list_linked(t))
		cpu_timer_list_remove(t);
}

void posix_timer_check(timer_table_locked k, struct posix_timer *t)
{
	nsec_t now = posix_timer_now(t);
	unsigned expiries = 1;

	shown_by(k);
	if (!t->at.ns || nsec_before(now, t->at))
		return;
	if (t->interval.ns) {
		int64_t missed = nsec_sub(now, t->at).ns / t->interval.ns;
		expiries += missed < INT32_MAX ? missed : INT32_MAX - 1;
		t->at = nsec_add(t->at, nsec((missed + 1) * t->interval.ns));
	} else {
		posix_timer_stop(k, t);
	}
	t->pause = t->untaken ? nsec(min(2 * t->pause.ns, PAUSE_MOST.ns)) : RING_MIN;
	t->untaken = true;
	if (t->notify == SIGEV_THREAD_ID)
		signal_send_timer(t->process, at(t->target), &t->info, expiries);
	else
		signal_send_timer(t->process, NULL, &t->info, expiries);
}

void posix_timer_ring(struct timer *timer)
{
	struct posix_timer *t = posix_timer_of_timer(timer);
	hold(timer_table, k, &t->process->timers->table);

	posix_timer_check(k, t);
	if (!t->at.ns)
		return;
	nsec_t left = nsec_sub(t->at, posix_timer_now(t));
	timer_arm(timer, nsec_add(clock_now(), nsec_before(left, t->pause) ? t->pause : left));
}

struct itimer_value posix_timer_value(const struct posix_timer *t)
{
	struct itimer_value v = { .interval = t->interval };
	nsec_t now = posix_timer_now(t);

	if (!t->at.ns)
		return v;
	if (nsec_before(now, t->at))
		v.value = nsec_sub(t->at, now);
	else if (t->notify != SIGEV_NONE)
		v.value = nsec(1);
	else if (t->interval.ns)
		v.value = nsec(t->interval.ns - nsec_sub(now, t->at).ns % t->interval.ns);
	return v;
}

bool posix_timers_count_cpu(struct process *p)
{
	hold_rcu(r);
	struct posix_timers *all = rcu_load(p->timers);

	return all && !cpu_timer_list_empty(&peek(&all->table)->cpu);
}

void posix_timers_tick(struct process *p, const struct usage *used)
{
	hold_rcu(r);
	struct posix_timers *all = rcu_load(p->timers);

	if (!all)
		return;
	hold_also(timer_table, k, &all->table);
	list_each_safe(cpu_timer, t, &in(k)->cpu)
		posix_timer_check(k, t);
}

/* The date was set: timers that wait for a point of it wait longer or shorter now. */
static void date_changed(void)
{
	pid_nr_t nr = { 1 };

	for (;; nr.nr++) {
		own(process_ref, p, process_next(nr));
		if (is_none(p))
			return;
		nr = process_nr(at(p));
		hold_rcu(r);
		struct posix_timers *all = rcu_load(at(p)->timers);
		struct posix_timer *t;
		if (!all)
			continue;
		hold_also(timer_table, k, &all->table);
		for (uint64_t id = 0; (t = radix_next(&all->by_id, &id)); id++)
			if (t->at.ns && t->base == BASE_REALTIME && t->is_absolute)
				posix_timer_start(k, t);
	}
}

START_TASK(posix_timers_start, needs(slab_start, clock_start))
{
	static struct clock_listener listener = { .changed = date_changed };

	clock_listen(&listener);
}
