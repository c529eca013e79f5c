/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wait queues: where tasks sleep until something that others do makes a condition true. A sleeper loops in a wait_*
 * macro; whoever may have made the condition true calls wake_*. Poll waiters (poll, select, epoll) hang their own
 * callback into the same queue. Any context may wake.
 */
#pragma once
#include <murre/task.h>

struct waiter;
/* Called with the queue's lock held, interrupts off. True: counts as the one that an exclusive wake woke. */
typedef bool (*waiter_fn)(struct waiter *w, unsigned events);

struct waiter {
	struct list_node link;
	struct task *task;
	waiter_fn fn never_sleeps;	/* NULL: wake `task` */
	bool exclusive;			/* woken one at a time, after the others */
};
DEFINE_LIST(waiter, struct waiter, link)

DEFINE_GUARDED_IRQ(waitq_waiters, struct waiter_list, RANK_WAITQ)
typedef struct waitq { guarded(waitq_waiters) waiters; } waitq;

void waitq_init(waitq *q);
/* Cheap unlocked look for wakers that have just made the condition true with a full barrier or under a lock. */
bool waitq_has_waiters(waitq *q);
void waitq_add(waitq *q, struct waiter *w);
void waitq_remove(waitq *q, struct waiter *w);	/* also fine when a wake has removed it */

/* Wakes all plain waiters and one exclusive one; events (EPOLL*) say what happened, 0: anything. */
void wake_up(waitq *q, unsigned events);
void wake_up_all(waitq *q, unsigned events);

/* Deadline form of schedule(): true when the deadline passed first. NSEC_NEVER: no timer. */
may_sleep bool schedule_until(nsec_t deadline);

/*
 * wait_event(&q, cond, cs): sleeps until cond is true. wait_event_interruptible(&q, cond, cs) is a result(unit):
 * ERESTARTSYS when a signal came first. wait_event_until adds a deadline (murre/time.h clock_now's time): ETIMEDOUT.
 * cond is evaluated in the caller's scope, several times, and may take locks of its own.
 */
#define wait_event_state_(q, cond, state, deadline, broken_off, excl, cs) ({ \
	[[maybe_unused]] struct can_sleep wt_cs_ = (cs); \
	int wt_err_ = 0; \
	if (!(cond)) { \
		struct waiter wt_ = { .task = current(), .exclusive = (excl) }; \
		waitq_add((q), &wt_); \
		for (;;) { \
			task_set_state(state); \
			if (cond) \
				break; \
			if (broken_off) { \
				wt_err_ = ERESTARTSYS; \
				break; \
			} \
			if (schedule_until(deadline)) { \
				if (!(cond)) \
					wt_err_ = ETIMEDOUT; \
				break; \
			} \
		} \
		task_set_state(TASK_RUNNING); \
		waitq_remove((q), &wt_); \
	} \
	unit_result(wt_err_); })

#define wait_event(q, cond, cs) \
	((void)error_of(wait_event_state_(q, cond, TASK_UNINTERRUPTIBLE, NSEC_NEVER, false, false, cs)))
#define wait_event_interruptible(q, cond, cs) \
	wait_event_state_(q, cond, TASK_INTERRUPTIBLE, NSEC_NEVER, signal_pending(), false, cs)
#define wait_event_exclusive(q, cond, cs) \
	wait_event_state_(q, cond, TASK_INTERRUPTIBLE, NSEC_NEVER, signal_pending(), true, cs)
#define wait_event_killable(q, cond, cs) \
	wait_event_state_(q, cond, TASK_KILLABLE, NSEC_NEVER, death_pending(), false, cs)
#define wait_event_until(q, cond, deadline, cs) \
	wait_event_state_(q, cond, TASK_INTERRUPTIBLE, deadline, signal_pending(), false, cs)
/* Sleeps until the deadline; ERESTARTSYS when a signal came first. */
result(unit) sleep_until(nsec_t deadline, struct can_sleep cs);
