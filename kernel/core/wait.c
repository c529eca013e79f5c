/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wait queues. The order that keeps a wake from being lost: a sleeper adds its waiter, sets its state with a full barrier
 * and then looks at the condition (murre/wait.h); a waker makes the condition true, passes the full barrier in wake_*
 * and then looks at the queue. So one of the two sees the other.
 */
#include <murre/time.h>
#include <murre/wait.h>

void waitq_init(waitq *q)
{
	*q = (waitq){};
}

static struct waiter_list *waiters_in(waitq_waiters_locked k)
{
	struct waiter_list *l = in(k);

	if (unlikely(!l->head.next))
		waiter_list_init(l);
	return l;
}

bool waitq_has_waiters(waitq *q)
{
	/* The list is the whole of the guarded data; an unlocked look at its head is what this function is for. */
	const struct waiter_list *l = peek(&q->waiters);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return read_once(l->head.next) && read_once(l->head.next) != &l->head;
}

void waitq_add(waitq *q, struct waiter *w)
{
	hold(waitq_waiters, k, &q->waiters);
	if (w->exclusive)
		waiter_list_push_back(waiters_in(k), w);
	else
		waiter_list_push_front(waiters_in(k), w);
}

void waitq_remove(waitq *q, struct waiter *w)
{
	hold(waitq_waiters, k, &q->waiters);
	if (waiter_list_linked(w))
		waiter_list_remove(w);
}

static void wake_some(waitq *q, unsigned events, unsigned exclusive_most)
{
	if (!waitq_has_waiters(q))
		return;
	hold(waitq_waiters, k, &q->waiters);
	list_each_safe(waiter, w, waiters_in(k)) {
		bool exclusive = w->exclusive;
		bool woken = w->fn ? w->fn(w, events) : task_wake(w->task);

		if (woken && exclusive && --exclusive_most == 0)
			break;
	}
}

void wake_up(waitq *q, unsigned events) { wake_some(q, events, 1); }
void wake_up_all(waitq *q, unsigned events) { wake_some(q, events, ~0u); }

struct deadline {
	struct timer timer;
	struct task *task;
};
EMBEDDED(deadline, timer, timer)

static void deadline_passed(struct timer *t)
{
	struct deadline *d = deadline_of_timer(t);
	struct task *task = d->task;

	write_once(d->task, NULL);
	task_wake(task);
}

bool schedule_until(nsec_t when)
{
	struct deadline d = { .task = current() };

	if (when.ns == NSEC_NEVER.ns) {
		schedule();
		return false;
	}
	if (when.ns <= clock_now().ns)
		return true;
	timer_init(&d.timer, deadline_passed);
	timer_arm(&d.timer, when);
	schedule();
	timer_cancel(&d.timer);
	return !read_once(d.task);
}

result(unit) sleep_until(nsec_t deadline, struct can_sleep cs)
{
	RETURNS(unit);
	int err = ERESTARTSYS;

	for (;;) {
		task_set_state(TASK_INTERRUPTIBLE);
		if (signal_pending())
			break;
		if (schedule_until(deadline)) {
			err = 0;
			break;
		}
	}
	task_set_state(TASK_RUNNING);
	return unit_result(err);
}
