/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler: per CPU one run queue with the real-time lists before the fair queue, and an idle task.
 *
 * (1) A task's scheduling fields change under the lock of its CPU's run queue, with interrupts off.
 * (2) state is set to a sleeping one by the task itself only; task_wake_mask sets it to TASK_RUNNING under the lock.
 *     schedule() takes a task off the queue under the same lock if its state still says "asleep". So a wake between the
 *     two leaves the task on the queue. Pairs: task_set_state's barrier with the lock in task_wake_mask.
 * (3) The lock is held across the switch and released by the task that runs next (task_switch_finish). Every task that
 *     is switched away has a preempt count of exactly 1 while it is away.
 * (4) A task that was switched away by preemption stays on the queue whatever its state says.
 */
#include <murre/cred.h>
#include <murre/kstack.h>
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "runq.h"

PER_CPU(struct run_queue, run_queues);

DEFINE_BOX(kernel_task, struct task)
static unsigned queued_count(const struct run_queue *q) { return read_once(q->fair.count) + read_once(q->rt_count); }

/* Real-time lists. ------------------------------------------------------------------------------------------------- */

static void rt_join(struct run_queue *q, struct task *t, bool first) needs_lock(run_queue_role)
{
	unsigned level = t->rt_priority;

	if (!q->rt[level].head.next)
		rt_list_init(&q->rt[level]);
	if (first)
		rt_list_push_front(&q->rt[level], t);
	else
		rt_list_push_back(&q->rt[level], t);
	q->rt_levels[level / 64] |= 1ul << level % 64;
	q->rt_count++;
}

static void rt_leave(struct run_queue *q, struct task *t) needs_lock(run_queue_role)
{
	unsigned level = t->rt_priority;

	rt_list_remove(t);
	if (rt_list_empty(&q->rt[level]))
		q->rt_levels[level / 64] &= ~(1ul << level % 64);
	q->rt_count--;
}

static struct task *rt_pick(struct run_queue *q) needs_lock(run_queue_role)
{
	for (int word = 1; word >= 0; word--)
		if (q->rt_levels[word])
			return rt_list_first(&q->rt[word * 64 + 63 - __builtin_clzl(q->rt_levels[word])]);
	return NULL;
}

/* The queue. ------------------------------------------------------------------------------------------------------- */

void queue_join(struct run_queue *q, struct task *t)
{
	t->on_queue = true;
	if (is_rt(t))
		rt_join(q, t, false);
	else
		fair_join(&q->fair, t);
}

void queue_leave(struct run_queue *q, struct task *t)
{
	t->on_queue = false;
	if (is_rt(t))
		rt_leave(q, t);
	else
		fair_leave(&q->fair, t);
}

bool charge_current(struct run_queue *q, struct task *t, nsec_t now)
{
	nsec_t ran = nsec_sub(now, t->run_since);

	t->run_since = now;
	if (t == q->idle) {
		q->idle_time = nsec_add(q->idle_time, ran);
		return false;
	}
	t->run_total = nsec_add(t->run_total, ran);
	if (!is_rt(t))
		return fair_charge(&q->fair, t, ran);
	t->slice_left = nsec_sub(t->slice_left, ran);
	return t->policy == POLICY_RR && t->slice_left.ns <= 0;
}

static void rr_rotate(struct run_queue *q, struct task *t) needs_lock(run_queue_role)
{
	t->slice_left = nsec_from_msec(RT_SLICE_MS);
	rt_leave(q, t);
	rt_join(q, t, false);
}

static struct task *queue_pick(struct run_queue *q) needs_lock(run_queue_role)
{
	struct task *t = q->rt_count ? rt_pick(q) : NULL;

	if (t)
		return t;
	t = fair_pick(&q->fair);
	return t ? t : q->idle;
}

bool preempts(const struct run_queue *q, const struct task *running, const struct task *t)
{
	if (running == q->idle)
		return true;
	if (is_rt(t))
		return !is_rt(running) || t->rt_priority > running->rt_priority;
	if (is_rt(running))
		return false;
	return running->policy == POLICY_IDLE || fair_should_preempt(&q->fair, t);
}

static void tick_start(struct run_queue *q, nsec_t now)
{
	if (!timer_armed(&q->tick))
		timer_arm(&q->tick, nsec_add(now, TICK));
}

static void tick_run(struct timer *timer);

static void switch_to(struct run_queue *q, struct task *prev, struct task *next, nsec_t now)
	drops_lock(run_queue_role, preemption_off)
{
	q->switches++;
	next->run_since = now;
	next->on_cpu = true;
	if (next != q->idle)
		tick_start(q, now);
	arch_set_current(next);
	prev = arch_switch(prev, next);
	task_switch_finish(prev);
}

static void schedule_from(bool preempted)
{
	struct task *prev = current();
	irq_state s = arch_irq_save();
	struct run_queue *q;
	struct task *next;
	nsec_t now = clock_now();
	bool sleeps;

	preempt_disable();
	rcu_quiescent();
	q = queue_here();
	queue_lock(q);
	arch_switch_unwant();
	sleeps = !preempted && prev->state != TASK_RUNNING;
	if (charge_current(q, prev, now) && prev->policy == POLICY_RR)
		rr_rotate(q, prev);
	if (prev == q->fair.running && !sleeps)
		fair_put_back(&q->fair);
	if (sleeps && prev->on_queue)
		queue_leave(q, prev);
	next = queue_pick(q);
	if (!is_rt(next) && next != q->idle)
		fair_set_running(&q->fair, next);
	if (next == prev) {
		queue_unlock(q);
		arch_irq_restore(s);
		preempt_enable();
		return;
	}
	if (sleeps) {
		prev->switches_voluntary++;
		q->uninterruptible += prev->state == TASK_UNINTERRUPTIBLE;
	} else {
		prev->switches_forced++;
	}
	switch_to(q, prev, next, now);
	arch_irq_restore(s);
}

void schedule(void)
{
	might_sleep_check("schedule");
	schedule_from(false);
}

void preempt_switch(void)
{
	if (arch_irqs_enabled())
		schedule_from(true);
}

void preempt_interrupt_return(void)
{
	do {
		schedule_from(true);
	} while (arch_preempt_word() == 0);
}

/* On the next task's stack, with prev's queue lock held, interrupts off and a preempt count of 1. */
void task_switch_finish(struct task *prev)
{
	bool dead = prev->state == TASK_DEAD;

	stack_margin_check(prev);
	prev->on_cpu = false;
	queue_unlock(queue_here());
	if (unlikely(dead)) {
		stack_depth_note_end(prev);
		task_list_remove(prev);
		kstack_put(prev->kernel_stack);
		prev->kernel_stack = 0;
		prev->release(prev);
	}
	preempt_enable_no_switch();
}

bool task_wake_mask(struct task *t, unsigned state_mask)
{
	irq_state s = arch_irq_save();
	struct run_queue *q;
	bool woken = false;

	preempt_disable();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	q = queue_of(t);
	queue_lock(q);
	if (state_mask >> read_once(t->state) & 1) {
		if (!t->on_queue) {
			q->uninterruptible -= t->state == TASK_UNINTERRUPTIBLE;
			queue_join(q, t);
			if (preempts(q, cpu_locals[t->cpu]->current, t))
				arch_switch_want();
		}
		write_once(t->state, TASK_RUNNING);
		woken = true;
	}
	queue_unlock(q);
	arch_irq_restore(s);
	preempt_enable();
	return woken;
}

void task_notify(struct task *t, uint32_t work, unsigned state_mask)
{
	__atomic_or_fetch(&t->work, work, __ATOMIC_SEQ_CST);
	if (state_mask)
		task_wake_mask(t, state_mask);
}

void task_yield(struct can_sleep cs)
{
	struct task *t = current();
	irq_state s = arch_irq_save();
	struct run_queue *q = queue_here();

	preempt_disable();
	queue_lock(q);
	if (t->policy == POLICY_FIFO || t->policy == POLICY_RR) {
		rr_rotate(q, t);
	} else {
		charge_current(q, t, clock_now());
		fair_yield(&q->fair, t);
	}
	queue_unlock(q);
	arch_irq_restore(s);
	preempt_enable_no_switch();
	schedule();
}

/* Births and deaths. ----------------------------------------------------------------------------------------------- */

uint32_t task_work_at_birth;

result(unit) task_init(struct task *t, const char *name, void (*release)(struct task *))
{
	RETURNS(unit);

	t->kernel_stack = TRY(kstack_take());
	string_copy(t->name, sizeof(t->name), name);
	t->release = release;
	t->state = TASK_UNINTERRUPTIBLE;
	t->work = task_work_at_birth;
	unshared(run_queue_role);
	memset(&t->allowed, 0xff, sizeof(t->allowed));
	t->weight = fair_weight(t->nice);
	t->slice_left = nsec_from_msec(RT_SLICE_MS);
	task_list_add(t);
	return DONE;
}

void task_discard(struct task *t)
{
	task_list_remove(t);
	kstack_put(t->kernel_stack);
}

void task_start(struct task *t)
{
	irq_state s = arch_irq_save();
	struct run_queue *q;

	preempt_disable();
	q = queue_here();
	queue_lock(q);
	t->cpu = arch_cpu_local()->id;
	t->state = TASK_RUNNING;
	t->vruntime = 0;
	queue_join(q, t);
	q->started++;
	if (preempts(q, current(), t))
		arch_switch_want();
	queue_unlock(q);
	arch_irq_restore(s);
	preempt_enable();
}

void task_exit(void)
{
	arch_irq_disable();
	current()->state = TASK_DEAD;
	schedule_from(false);
	not_reached("a dead task runs");
}

DEFINE_BOX_CACHE(kernel_task, struct task);

static void kernel_task_free(struct task *t)
{
	arch_task_fini(t);
	kernel_task_box_free(t);
}

result(unit) kernel_task_start(const char *name, void (*fn)(void *), void *arg)
{
	RETURNS(unit);
	own(kernel_task_box, box, TRY(kernel_task_box_new()));
	struct task *t = at(box);

	TRY(task_init(t, name, kernel_task_free));
	t->is_kernel = true;
	t->cred = &cred_root;
	arch_task_init_kernel(t, fn, arg);
	task_start(unbox(box));
	return DONE;
}

void sched_start(void)
{
	static struct task idle = { .name = "swapper", .state = TASK_RUNNING, .is_kernel = true, .on_cpu = true };
	struct run_queue *q = queue_here();

	unshared(run_queue_role);
	unshared(preemption_off);		/* the boot code has counted 1 */
	q->idle = &idle;
	timer_init(&q->tick, tick_run);
	idle.run_since = clock_now();
	arch_set_current(&idle);
	preempt_enable_no_switch();
}

void sched_idle(void)
{
	for (;;) {
		arch_irq_disable();
		if (queued_count(queue_here()) == 0) {
			rcu_quiescent();
			arch_cpu_idle();
			continue;
		}
		arch_irq_enable();
		schedule();
	}
}

/* The tick. -------------------------------------------------------------------------------------------------------- */

void tick_from_user_set(bool from_user)
{
	queue_here()->tick_from_user = from_user;
}

void (*task_ticked)(struct task *t, bool from_user);

static void tick_account(struct run_queue *q, struct task *t)
{
	if (q->tick_from_user) {
		t->user_ticks = nsec_add(t->user_ticks, TICK);
		q->user = nsec_add(q->user, TICK);
		rcu_quiescent();
	} else {
		t->system_ticks = nsec_add(t->system_ticks, TICK);
		q->system = nsec_add(q->system, TICK);
	}
}

static void tick_run(struct timer *timer)
{
	struct run_queue *q = queue_here();
	struct task *t = current();
	nsec_t now = clock_now();

	load_average_tick(now);
	if (rcu_has_work())
		rcu_kick();
	if (t == q->idle)
		return;
	tick_account(q, t);
	if (task_ticked && !t->is_kernel)
		task_ticked(t, q->tick_from_user);
	queue_lock(q);
	if (charge_current(q, t, now) && queued_count(q) > 1)
		arch_switch_want();
	queue_unlock(q);
	timer_arm(timer, nsec_add(now, TICK));
}
