/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POSIX timers. A process gets its table with its first timer; the table and each timer end with timer_delete, exec or
 * exit, freed by RCU because deliveries look timers up without a lock. State under the table's lock, also taken by the
 * timer interrupt and the tick. timer_create(2), timer_settime(2), timer_getoverrun(2).
 *
 * A timer whose signal still waits counts further expiries in that signal (signal_send_timer).
 */
#include <murre/radix.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/timers.h>
#include <linux/time.h>
#include "proc.h"

/* Where a timer's time comes from. */
enum timer_base { BASE_MONOTONIC, BASE_REALTIME, BASE_PROCESS_CPU, BASE_THREAD_CPU };

struct posix_timer {
	struct timer timer;
	struct process *process;		/* which outlives its timers */
	thread_ref target;			/* SIGEV_THREAD_ID: whom it signals */
	thread_ref counted;			/* BASE_THREAD_CPU: whose time it counts */
	struct signal_info info;
	int notify;
	enum timer_base base;
	bool is_absolute;			/* real time: follows clock_settime */
	nsec_t at, interval;			/* on its base, at 0: off */
	int overrun;				/* of the last signal that was delivered */
	struct list_node cpu_link;		/* among those that the tick looks at */
	struct rcu_head rcu;
};
EMBEDDED(posix_timer, timer, timer)
DEFINE_LIST(cpu_timer, struct posix_timer, cpu_link)
DEFINE_BOX(posix_timer, struct posix_timer)
DEFINE_BOX_CACHE(posix_timer, struct posix_timer);

struct timer_table { unsigned count; int next_id; struct cpu_timer_list cpu; };
DEFINE_GUARDED_IRQ(timer_table, struct timer_table, RANK_SIGNAL_TIMERS)
struct posix_timers {
	struct radix by_id;			/* written under the lock, read under RCU */
	guarded(timer_table) table;
	struct rcu_head rcu;
};
DEFINE_BOX(posix_timers, struct posix_timers)
DEFINE_BOX_CACHE(posix_timers, struct posix_timers);

/* No timer rings more often than this. */
#define RING_MIN nsec(20 * NSEC_PER_USEC)

static result(unit) table_make(struct process *p);
static result(thread_ref) clock_choose(struct posix_timer *t, int clock);
static result(thread_ref) cpu_clock_choose(struct posix_timer *t, int clock);
static result(thread_ref) target_choose(const struct timer_request *r);
static struct posix_timer *timer_find(timer_table_locked k, int id);
static nsec_t base_now(const struct posix_timer *t);
static bool counts_cpu(const struct posix_timer *t) { return t->base >= BASE_PROCESS_CPU; }
static void timer_start(timer_table_locked k, struct posix_timer *t);
static void timer_stop(timer_table_locked k, struct posix_timer *t);
static void timer_check(timer_table_locked k, struct posix_timer *t);
static void timer_ring(struct timer *timer);
static struct itimer_value value_of(const struct posix_timer *t);
static void timer_end(struct posix_timer *t);
static void timer_free(struct rcu_head *head);
static void table_free(struct rcu_head *head);

result(int) posix_timer_new(const struct timer_request *r)
{
	RETURNS(int);
	struct process *p = current_process();
	own(posix_timer_box, box, TRY(posix_timer_box_new()));
	struct posix_timer *t = at(box);
	int id;

	timer_init(&t->timer, timer_ring);
	t->process = p;
	t->notify = r->notify;
	own(thread_ref, counted, TRY(clock_choose(t, r->clock)));
	own(thread_ref, target, TRY(target_choose(r)));
	TRY(table_make(p));
	{
		hold(timer_table, k, &p->timers->table);
		if (in(k)->count >= p->limits.limit[RLIMIT_SIGPENDING].rlim_cur)
			return FAIL(EAGAIN);
		id = radix_next_hole(&p->timers->by_id, in(k)->next_id);
		t->info = (struct signal_info){ .signo = r->signo, .code = SI_TIMER };
		t->info.timer.id = id;
		t->info.timer.value = r->has_value ? r->value : (uint64_t)id;
		TRY(radix_put(&p->timers->by_id, id, t));
		in(k)->next_id = id + 1;
		in(k)->count++;
		t->target = give(target);
		t->counted = give(counted);
		(void)unbox(box);
	}
	return OK(int, id);
}

result(unit) posix_timer_get(int id, struct itimer_value *out)
{
	RETURNS(unit);
	struct process *p = current_process();

	if (!p->timers)
		return FAIL(EINVAL);
	hold(timer_table, k, &p->timers->table);
	struct posix_timer *t = timer_find(k, id);
	if (!t)
		return FAIL(EINVAL);
	timer_check(k, t);
	*out = value_of(t);
	return DONE;
}

result(unit) posix_timer_set(int id, struct itimer_value now, bool absolute, struct itimer_value *before)
{
	RETURNS(unit);
	struct process *p = current_process();

	if (!p->timers)
		return FAIL(EINVAL);
	{
		hold(timer_table, k, &p->timers->table);
		struct posix_timer *t = timer_find(k, id);
		if (!t)
			return FAIL(EINVAL);
		*before = value_of(t);
		timer_stop(k, t);
		t->interval = now.interval;
		t->overrun = 0;
		/* A relative time is a span: setting the date does not change it. */
		t->is_absolute = absolute;
		if (now.value.ns) {
			t->at = absolute ? now.value : nsec_add(base_now(t), now.value);
			timer_start(k, t);
		}
	}
	cpu_timers_look(p);
	return DONE;
}

result(int) posix_timer_overrun(int id)
{
	RETURNS(int);
	struct process *p = current_process();

	if (!p->timers)
		return FAIL(EINVAL);
	hold(timer_table, k, &p->timers->table);
	struct posix_timer *t = timer_find(k, id);
	return t ? OK(int, read_once(t->overrun)) : FAIL(EINVAL);
}

result(unit) posix_timer_delete(int id)
{
	RETURNS(unit);
	struct process *p = current_process();
	struct posix_timer *t;

	if (!p->timers)
		return FAIL(EINVAL);
	{
		hold(timer_table, k, &p->timers->table);
		t = timer_find(k, id);
		if (!t)
			return FAIL(EINVAL);
		radix_take(&p->timers->by_id, id);
		in(k)->count--;
		timer_stop(k, t);
	}
	timer_end(t);
	cpu_timers_look(p);
	return DONE;
}

/* exec and exit: the caller is alone in the process. */
void posix_timers_end(struct process *p)
{
	struct posix_timers *all = p->timers;
	struct posix_timer *t;
	uint64_t id = 0;

	if (likely(!all))
		return;
	while ((t = radix_next(&all->by_id, &id))) {
		{
			hold(timer_table, k, &all->table);
			radix_take(&all->by_id, id);
			timer_stop(k, t);
		}
		timer_end(t);
	}
	rcu_store(p->timers, NULL);
	rcu_free(&all->rcu, table_free);
	cpu_timers_look(p);
}

void posix_timer_taken(struct process *p, const struct signal_info *i)
{
	hold_rcu(r);
	struct posix_timers *all = rcu_load(p->timers);
	struct posix_timer *t = all ? radix_get(&all->by_id, (uint32_t)i->timer.id) : NULL;

	if (t && t->info.signo == i->signo)
		write_once(t->overrun, i->timer.overrun);
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
		timer_check(k, t);
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
				timer_start(k, t);
	}
}

START_TASK(posix_timers_start, needs(slab_start, clock_start))
{
	static struct clock_listener listener = { .changed = date_changed };

	clock_listen(&listener);
}

static result(unit) table_make(struct process *p)
{
	RETURNS(unit);
	struct posix_timers *none = NULL;

	if (p->timers)
		return DONE;
	own(posix_timers_box, box, TRY(posix_timers_box_new()));
	cpu_timer_list_init(&peek(&at(box)->table)->cpu);
	if (__atomic_compare_exchange_n(&p->timers, &none, at(box), false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		(void)unbox(box);
	return DONE;
}

/* Sets the base; the thread whose CPU time counts, none for other clocks. */
static result(thread_ref) clock_choose(struct posix_timer *t, int clock)
{
	RETURNS(thread_ref);

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI:
		t->base = BASE_REALTIME;
		return OK(thread_ref, none(thread_ref));
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		t->base = BASE_MONOTONIC;
		return OK(thread_ref, none(thread_ref));
	case CLOCK_PROCESS_CPUTIME_ID:
		t->base = BASE_PROCESS_CPU;
		return OK(thread_ref, none(thread_ref));
	case CLOCK_THREAD_CPUTIME_ID:
		t->base = BASE_THREAD_CPU;
		return OK(thread_ref, thread_share_ref(current_thread()));
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:		/* no clock here can wake the machine */
	case CLOCK_BOOTTIME_ALARM:
		return FAIL(EOPNOTSUPP);
	}
	return clock < 0 ? cpu_clock_choose(t, clock) : FAIL(EINVAL);
}

/* A clock number that holds a process or thread (clock_getcpuclockid(3)): one of the caller's own. */
static result(thread_ref) cpu_clock_choose(struct posix_timer *t, int clock)
{
	RETURNS(thread_ref);
	enum { KIND = 3, OF_THREAD = 4, NR_SHIFT = 3 };
	int nr = ~(clock >> NR_SHIFT);

	if ((clock & KIND) == KIND)
		return FAIL(EINVAL);
	if (!(clock & OF_THREAD)) {
		t->base = BASE_PROCESS_CPU;
		return nr == 0 || nr == process_nr(t->process).nr ? OK(thread_ref, none(thread_ref)) : FAIL(EINVAL);
	}
	t->base = BASE_THREAD_CPU;
	own(thread_ref, counted, nr ? thread_find((pid_nr_t){ nr }) : thread_share_ref(current_thread()));
	if (is_none(counted) || at(counted)->process != t->process)
		return FAIL(EINVAL);
	return OK(thread_ref, give(counted));
}

static result(thread_ref) target_choose(const struct timer_request *r)
{
	RETURNS(thread_ref);

	if (r->notify != SIGEV_THREAD_ID)
		return OK(thread_ref, none(thread_ref));
	own(thread_ref, to, thread_find(r->thread));
	if (is_none(to) || at(to)->process != current_process())
		return FAIL(EINVAL);
	return OK(thread_ref, give(to));
}

static struct posix_timer *timer_find(timer_table_locked k, int id)
{
	return id < 0 ? NULL : radix_get(&current_process()->timers->by_id, id);
}

static nsec_t base_now(const struct posix_timer *t)
{
	switch (t->base) {
	case BASE_MONOTONIC: return clock_now();
	case BASE_REALTIME: return t->is_absolute ? clock_realtime() : clock_now();
	case BASE_PROCESS_CPU: return process_cpu_time(t->process);
	default: return task_cpu_time(&at(t->counted)->task);
	}
}

static void timer_start(timer_table_locked k, struct posix_timer *t)
{
	nsec_t left;

	if (counts_cpu(t)) {
		if (!cpu_timer_list_linked(t))
			cpu_timer_list_push_back(&in(k)->cpu, t);
		return;
	}
	left = nsec_sub(t->at, base_now(t));
	timer_arm(&t->timer, nsec_add(clock_now(), nsec_before(left, nsec(0)) ? nsec(0) : left));
}

/* A kernel timer that was armed may still ring: it finds the timer off. */
static void timer_stop(timer_table_locked k, struct posix_timer *t)
{
	t->at = nsec(0);
	if (cpu_timer_list_linked(t))
		cpu_timer_list_remove(t);
}

/* Sends the signal if the time has come, and sets the next one. */
static void timer_check(timer_table_locked k, struct posix_timer *t)
{
	nsec_t now = base_now(t);
	unsigned expiries = 1;

	if (!t->at.ns || nsec_before(now, t->at))
		return;
	if (t->interval.ns) {
		int64_t missed = nsec_sub(now, t->at).ns / t->interval.ns;
		expiries += missed < INT32_MAX ? missed : INT32_MAX - 1;
		t->at = nsec_add(t->at, nsec((missed + 1) * t->interval.ns));
	} else {
		timer_stop(k, t);
	}
	if (t->notify == SIGEV_THREAD_ID)
		signal_send_timer(t->process, at(t->target), &t->info, expiries);
	else if (t->notify != SIGEV_NONE)
		signal_send_timer(t->process, NULL, &t->info, expiries);
}

static void timer_ring(struct timer *timer)
{
	struct posix_timer *t = posix_timer_of_timer(timer);
	hold(timer_table, k, &t->process->timers->table);

	timer_check(k, t);
	if (!t->at.ns)
		return;
	nsec_t left = nsec_sub(t->at, base_now(t));
	timer_arm(timer, nsec_add(clock_now(), nsec_before(left, RING_MIN) ? RING_MIN : left));
}

static struct itimer_value value_of(const struct posix_timer *t)
{
	struct itimer_value v = { .interval = t->interval };
	nsec_t now = base_now(t);

	if (t->at.ns)
		v.value = nsec_before(now, t->at) ? nsec_sub(t->at, now) : nsec(1);
	return v;
}

static void timer_end(struct posix_timer *t)
{
	timer_cancel(&t->timer);
	rcu_free(&t->rcu, timer_free);
}

static void timer_free(struct rcu_head *head)
{
	struct posix_timer *t = container_of(head, struct posix_timer, rcu);

	if (!is_none(t->target))
		drop(thread_ref, t->target);
	if (!is_none(t->counted))
		drop(thread_ref, t->counted);
	posix_timer_box_free_(t);
}

static void table_free(struct rcu_head *head)
{
	posix_timers_box_free_(container_of(head, struct posix_timers, rcu));
}
