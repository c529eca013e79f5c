/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POSIX timers. A process gets its table with its first timer; the table and each timer end with timer_delete, exec or
 * exit, freed by RCU because deliveries look timers up without a lock. State under the table's lock, also taken by the
 * timer interrupt and the tick. timer_create(2), timer_settime(2), timer_getoverrun(2).
 *
 * A timer whose signal still waits counts further expiries in that signal (signal_send_timer).
 */
#include <murre/slab.h>
#include <linux/time.h>
#include "posix_timer.h"

DEFINE_BOX(posix_timer, struct posix_timer)
DEFINE_BOX_CACHE(posix_timer, struct posix_timer);

DEFINE_BOX(posix_timers, struct posix_timers)
DEFINE_BOX_CACHE(posix_timers, struct posix_timers);

static result(unit) table_make(struct process *p);
static result(thread_ref) clock_choose(struct posix_timer *t, int clock);
static result(thread_ref) cpu_clock_choose(struct posix_timer *t, int clock);
static result(thread_ref) target_choose(const struct timer_request *r);
static struct posix_timer *timer_find(timer_table_locked k, int id);
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

	timer_init(&t->timer, posix_timer_ring);
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
		put_in(t->target, give(target));
		put_in(t->counted, give(counted));
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
	posix_timer_check(k, t);
	*out = posix_timer_value(t);
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
		*before = posix_timer_value(t);
		posix_timer_stop(k, t);
		t->interval = now.interval;
		t->overrun = 0;
		/* A relative time is a span: setting the date does not change it. */
		t->is_absolute = absolute;
		if (now.value.ns) {
			t->at = absolute ? now.value : nsec_add(posix_timer_now(t), now.value);
			posix_timer_start(k, t);
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
		posix_timer_stop(k, t);
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
			posix_timer_stop(k, t);
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

	if (!t || t->info.signo != i->signo)
		return;
	write_once(t->overrun, i->timer.overrun);
	write_once(t->untaken, false);
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

static void timer_end(struct posix_timer *t)
{
	timer_cancel(&t->timer);
	rcu_free(&t->rcu, timer_free);
}

EMBEDDED(posix_timer, rcu_head, rcu)

static void timer_free(struct rcu_head *head)
{
	struct posix_timer *t = posix_timer_of_rcu_head(head);

	if (!is_none(t->target))
		drop(thread_ref, t->target);
	if (!is_none(t->counted))
		drop(thread_ref, t->counted);
	posix_timer_box_free(t);
}

EMBEDDED(posix_timers, rcu_head, rcu)

static void table_free(struct rcu_head *head)
{
	posix_timers_box_free(posix_timers_of_rcu_head(head));
}
