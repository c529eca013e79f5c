/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one tree per CPU, ordered by expiry, under an interrupt-safe lock; the CPU's event device is set to the first
 * one. `running` names the timer whose function the CPU is in, so that timer_cancel on another CPU can wait for its end.
 */
#include <murre/log.h>
#include <murre/time.h>
#include "core.h"

static bool timer_before(const struct timer *a, const struct timer *b) { return a->expires.ns < b->expires.ns; }
DEFINE_TREE(timer, struct timer, node, timer_before)

struct timer_base {
	struct timer_tree tree;
	struct timer *first;
	struct timer *running;
};
DEFINE_GUARDED_IRQ(timer_base, struct timer_base, RANK_TIMER)
static PER_CPU(guarded(timer_base), timer_bases);

static guarded(timer_base) *base_of(const struct timer *t)
{
	return &cpu_copy(cpu_locals[read_once(t->cpu)], timer_bases);
}

static void event_set(const struct timer_base *b)
{
	arch_clock_event_set(b->first ? b->first->expires : NSEC_NEVER);
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	*t = (struct timer){ .fn = fn };
}

static bool base_remove(struct timer_base *b, struct timer *t)
{
	if (!timer_armed(t))
		return false;
	if (b->first == t)
		b->first = timer_tree_next(t);
	timer_tree_remove(&b->tree, t);
	return true;
}

/* Takes the timer off whichever CPU's tree holds it. Its cpu changes only under that tree's lock. */
static bool timer_detach(struct timer *t, struct timer **running)
{
	for (;;) {
		guarded(timer_base) *g = base_of(t);
		hold(timer_base, b, g);

		if (g != base_of(t))
			continue;
		if (running)
			*running = in(b)->running;
		return base_remove(in(b), t);
	}
}

void timer_arm(struct timer *t, nsec_t expires)
{
	irq_state s = arch_irq_save();

	if (timer_armed(t))
		timer_detach(t, NULL);
	{
		hold(timer_base, b, &this_cpu(timer_bases));
		t->cpu = arch_cpu_local()->id;
		t->expires = expires;
		timer_tree_insert(&in(b)->tree, t);
		if (!in(b)->first || timer_before(t, in(b)->first)) {
			in(b)->first = t;
			event_set(in(b));
		}
	}
	arch_irq_restore(s);
}

bool timer_cancel(struct timer *t)
{
	for (;;) {
		struct timer *running;
		bool was_armed = timer_detach(t, &running);

		if (running != t)
			return was_armed;
		arch_cpu_relax();
	}
}

/* The first timer if it is due, taken out and marked as running. */
static struct timer *due_take(struct timer_base *b, nsec_t now)
{
	struct timer *t = b->first;

	if (!t || nsec_before(now, t->expires))
		t = NULL;
	else
		base_remove(b, t);
	b->running = t;
	if (!t)
		event_set(b);
	return t;
}

void timers_run(nsec_t now)
{
	for (;;) {
		struct timer *t;
		{
			hold(timer_base, b, &this_cpu(timer_bases));
			t = due_take(in(b), now);
		}
		if (!t)
			return;
		t->fn(t);
		now = clock_now();
	}
}

void clock_event_handle(const struct trap_frame *f)
{
	struct cpu_local *cpu = arch_cpu_local();

	cpu->irq_depth++;
	tick_from_user_set(frame_from_user(f));
	timers_run(clock_now());
	cpu->irq_depth--;
}
