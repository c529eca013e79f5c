/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read-copy-update. Readers run with preemption off, so a CPU that switches tasks, idles or runs a program is in none.
 *
 * (1) `wanted` numbers grace periods; it only grows. A grace period is over when every CPU has reported a number at or
 *     above it.
 * (2) A CPU reports the value of `wanted` that it reads at a point without readers (rcu_quiescent).
 * (3) Callbacks of a CPU wait in `next` until a batch can start: they move to `batch`, whose number is a new value of
 *     `wanted` taken after the last of them was queued. So a reader that could see what they free started before it, and
 *     its CPU has not reported that number yet. Pairs: the increment of `wanted` with the load in rcu_quiescent.
 * (4) Callbacks run in the rcu task, a few thousand instructions after the tick that found their batch complete.
 */
#include <murre/lock.h>
#include <murre/start.h>
#include <murre/wait.h>
#include "core.h"

enum { EXPEDITE_AT = 512 };

struct rcu_queue {
	struct rcu_head *next, *next_last;
	unsigned next_count;
};
static PER_CPU(struct rcu_queue, rcu_queues);		/* preemption off */
static PER_CPU(uint64_t, rcu_reported);
static uint64_t wanted;
static waitq rcu_work;
static struct rcu_head *done;				/* only the rcu task's */

void rcu_quiescent(void)
{
	__atomic_store_n(&this_cpu(rcu_reported), __atomic_load_n(&wanted, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
}

void rcu_free(struct rcu_head *head, void (*fn)(struct rcu_head *))
{
	irq_state s = arch_irq_save();
	struct rcu_queue *q = &this_cpu(rcu_queues);
	bool many;

	head->free = fn;
	head->next = NULL;
	if (q->next)
		q->next_last->next = head;
	else
		q->next = head;
	q->next_last = head;
	many = ++q->next_count == EXPEDITE_AT;
	arch_irq_restore(s);
	if (unlikely(many))
		wake_up(&rcu_work, 0);
}

/* True when this CPU has callbacks for the rcu task: the tick wakes it. */
bool rcu_has_work(void)
{
	return this_cpu(rcu_queues).next != NULL;
}

void rcu_kick(void)
{
	wake_up(&rcu_work, 0);
}

static bool period_over(uint64_t number)
{
	for (unsigned i = 0; i < cpus_online; i++)
		if (__atomic_load_n(&cpu_copy(cpu_locals[i], rcu_reported), __ATOMIC_SEQ_CST) < number)
			return false;
	return true;
}

/* Sleeping is itself a point without readers for this CPU; the others report within a tick or when they next switch. */
void rcu_synchronize(struct can_sleep cs)
{
	uint64_t number = __atomic_add_fetch(&wanted, 1, __ATOMIC_SEQ_CST);

	task_yield(cs);
	while (!period_over(number))
		(void)error_of(sleep_until(nsec_add(clock_now(), TICK), cs));
}

static struct rcu_head *queues_collect(void)
{
	struct rcu_head *all = NULL;

	for (unsigned i = 0; i < cpus_online; i++) {
		irq_state s = arch_irq_save();
		struct rcu_queue *q = &cpu_copy(cpu_locals[i], rcu_queues);

		if (q->next) {
			q->next_last->next = all;
			all = q->next;
			*q = (struct rcu_queue){};
		}
		arch_irq_restore(s);
	}
	return all;
}

static bool any_queued(void)
{
	for (unsigned i = 0; i < cpus_online; i++)
		if (read_once(cpu_copy(cpu_locals[i], rcu_queues).next))
			return true;
	return false;
}

static may_sleep void rcu_task(void *unused)
{
	struct can_sleep cs = MAY_SLEEP;

	for (;;) {
		/* Interruptible only so that an idle helper does not count into the load. */
		(void)error_of(wait_event_interruptible(&rcu_work, any_queued(), cs));
		done = queues_collect();
		rcu_synchronize(cs);
		while (done) {
			struct rcu_head *head = done;

			done = head->next;
			head->free(head);
		}
	}
}

START_TASK(rcu_start, needs())
{
	(void)expect(kernel_task_start("rcu", rcu_task, NULL), "memory for the first tasks");
}
