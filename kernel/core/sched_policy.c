/* SPDX-License-Identifier: GPL-2.0-only */
/* What others ask of the scheduler: changing policy and priority, accounts of CPU time, load averages, statistics. */
#include <murre/task.h>
#include "runq.h"

#define LOAD_PERIOD nsec_from_sec(5)
enum { LOAD_SHIFT = 11, LOAD_ONE = 1 << LOAD_SHIFT };

/* Takes t's queue and its lock; t cannot move meanwhile. */
static struct run_queue *task_queue_lock(struct task *t, irq_state *s)
	takes_lock(run_queue_role, irqs_off, preemption_off)
{
	*s = arch_irq_save();
	preempt_disable();
	struct run_queue *q = queue_of(t);
	queue_lock(q);
	return q;
}

static void task_queue_unlock(struct run_queue *q, irq_state s)
	drops_lock(run_queue_role, irqs_off, preemption_off)
{
	queue_unlock(q);
	arch_irq_restore(s);
	preempt_enable();
}

static unsigned policy_weight(enum sched_policy policy, int nice)
{
	enum { WEIGHT_IDLE = 3 };

	return policy == POLICY_IDLE ? WEIGHT_IDLE : fair_weight(nice);
}

void task_set_policy(struct task *t, enum sched_policy policy, int nice, unsigned rt_priority)
{
	irq_state s;
	struct run_queue *q = task_queue_lock(t, &s);
	struct task *running = cpu_locals[t->cpu]->current;
	bool queued = t->on_queue;

	if (queued) {
		if (t == running)
			charge_current(q, t, clock_now());
		queue_leave(q, t);
	}
	if (is_rt(t) != (policy == POLICY_FIFO || policy == POLICY_RR))
		t->vruntime = 0;
	t->policy = policy;
	t->nice = nice;
	t->rt_priority = rt_priority;
	t->weight = policy_weight(policy, nice);
	if (queued) {
		queue_join(q, t);
		if (t == running && !is_rt(t))
			fair_set_running(&q->fair, t);
		arch_switch_want();
	}
	task_queue_unlock(q, s);
}

/* The CPUs of a mask that there are. */
static struct cpu_mask mask_online(const struct cpu_mask *m)
{
	struct cpu_mask online = {};

	for (unsigned i = 0; i < cpus_online; i++)
		online.word[i / 64] |= m->word[i / 64] & 1ul << i % 64;
	return online;
}

void task_copy_affinity(struct task *child, struct task *from)
{
	irq_state s;
	struct run_queue *q = task_queue_lock(from, &s);

	child->allowed = from->allowed;
	task_queue_unlock(q, s);
}

result(unit) task_set_affinity(struct task *t, const struct cpu_mask *wanted)
{
	RETURNS(unit);
	struct cpu_mask online = mask_online(wanted);
	uint64_t any = 0;
	irq_state s;

	for (unsigned i = 0; i < array_size(online.word); i++)
		any |= online.word[i];
	if (!any)
		return FAIL(EINVAL);
	struct run_queue *q = task_queue_lock(t, &s);
	t->allowed = *wanted;
	task_queue_unlock(q, s);
	return DONE;
}

void task_get_affinity(struct task *t, struct cpu_mask *allowed)
{
	irq_state s;
	struct run_queue *q = task_queue_lock(t, &s);

	*allowed = mask_online(&t->allowed);
	task_queue_unlock(q, s);
}

nsec_t task_cpu_time(struct task *t)
{
	irq_state s;
	struct run_queue *q = task_queue_lock(t, &s);
	nsec_t total = t->run_total;

	if (cpu_locals[t->cpu]->current == t)
		total = nsec_add(total, nsec_sub(clock_now(), t->run_since));
	task_queue_unlock(q, s);
	return total;
}

/* The exact total, split as the ticks saw it; neither part ever goes backwards. */
void task_cpu_times(struct task *t, nsec_t *user, nsec_t *system)
{
	nsec_t total = task_cpu_time(t);
	int64_t u = t->user_ticks.ns / TICK.ns, ticks = u + t->system_ticks.ns / TICK.ns;
	int64_t part = ticks ? total.ns / ticks * u + total.ns % ticks * u / ticks : total.ns;

	part = max(part, t->user_reported.ns);
	part = min(part, total.ns - t->system_reported.ns);
	t->user_reported = *user = nsec(part);
	t->system_reported = *system = nsec(total.ns - part);
}

/* Load averages: exponentially damped means of runnable and uninterruptible tasks over 1, 5 and 15 minutes, every 5
 * seconds; the factors are exp(-5 s / period) in fixed point (getloadavg(3)). */
static uint64_t loads[3];
static nsec_t load_next;

static unsigned tasks_active(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cpus_online; i++) {
		struct run_queue *q = &cpu_copy(cpu_locals[i], run_queues);

		n += read_once(q->fair.count) + read_once(q->rt_count) + read_once(q->uninterruptible);
	}
	return n;
}

void load_average_tick(nsec_t now)
{
	static const uint32_t keep[3] = { 1884, 2014, 2037 };
	enum { CATCH_UP_MOST = 1000 };

	if (likely(nsec_before(now, load_next)))
		return;
	uint64_t active = (uint64_t)tasks_active() << LOAD_SHIFT;
	for (unsigned n = 0; n < CATCH_UP_MOST && !nsec_before(now, load_next); n++) {
		for (unsigned i = 0; i < 3; i++) {
			uint64_t sum = loads[i] * keep[i] + active * (LOAD_ONE - keep[i]);

			loads[i] = (sum + (active >= loads[i] ? LOAD_ONE - 1 : 0)) >> LOAD_SHIFT;
		}
		load_next = nsec_add(load_next, LOAD_PERIOD);
	}
	if (!nsec_before(now, load_next))
		load_next = nsec_add(now, LOAD_PERIOD);
}

static void stats_add(struct sched_stats *out, const struct run_queue *q)
{
	out->switches += read_once(q->switches);
	out->user = nsec_add(out->user, q->user);
	out->system = nsec_add(out->system, q->system);
	out->idle = nsec_add(out->idle, read_once(q->idle_time));
	out->running += read_once(q->fair.count) + read_once(q->rt_count);
	out->sleeping_uninterruptible += read_once(q->uninterruptible);
	out->tasks_started += read_once(q->started);
}

void sched_stats_get(struct sched_stats *out)
{
	irq_state s = arch_irq_save();

	*out = (struct sched_stats){};
	load_average_tick(clock_now());
	for (unsigned i = 0; i < cpus_online; i++)
		stats_add(out, &cpu_copy(cpu_locals[i], run_queues));
	for (unsigned i = 0; i < 3; i++)
		out->load_fixed[i] = loads[i];
	arch_irq_restore(s);
}

void sched_stats_get_cpu(unsigned cpu, struct sched_stats *out)
{
	*out = (struct sched_stats){};
	stats_add(out, &cpu_copy(cpu_locals[cpu], run_queues));
}
