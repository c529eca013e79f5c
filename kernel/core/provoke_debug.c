/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Provocations of the watchers over locks, sleeping, arithmetic and stacks (murre/provoke.h), and the list that all
 * provocations are on: it grows while the kernel starts and never shrinks.
 */
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/provoke.h>
#include <murre/start.h>
#include <murre/task.h>
#include <murre/time.h>
#include "core.h"

static struct provocations *first;

void provoke_register(struct provocations *p)
{
	p->next = first;
	first = p;
}

const struct provocation *provocation_nth(unsigned n)
{
	for (const struct provocations *p = first; p; n -= p->count, p = p->next)
		if (n < p->count)
			return &p->rows[n];
	return NULL;
}

/* What the compiler cannot foresee. */
static volatile int wide = 33, six = 6, zero;
static volatile uintptr_t odd = 1;

static void shift(struct can_sleep cs) { wide = 1 << wide; }
static void divide(struct can_sleep cs) { six = six / zero; }
static void count_zeros(struct can_sleep cs) { wide = __builtin_clz((unsigned)zero); }

static void index(struct can_sleep cs)
{
	static const uint8_t five[5];

	wide = five[six];
}

static void misalign(struct can_sleep cs)
{
	static uint64_t words[2];

	wide = (int)*(volatile uint64_t *)((uintptr_t)words + odd);
}

/* Locks. ----------------------------------------------------------------------------------------------------------- */

struct nothing { int unused; };
DEFINE_GUARDED(provoked_outer, struct nothing, RANK_DIRECTORY)
DEFINE_GUARDED(provoked_inner, struct nothing, RANK_LOG)
static guarded(provoked_outer) outer;
static guarded(provoked_inner) inner;

static void order(struct can_sleep unused)
{
	hold(provoked_inner, i, &inner);
	hold_also(provoked_outer, o, &outer);
	in(o)->unused = in(i)->unused;
}

static void sleep(struct can_sleep cs)
{
	preempt_disable();
	schedule();
	preempt_enable();
}

static void keep_lock(struct can_sleep unused)
{
	struct no_sleep cs = {};

	(void)provoked_outer_lock_(&outer, cs);
}

static void keep_preemption_off(struct can_sleep cs) { preempt_disable(); }

/* Stacks. ---------------------------------------------------------------------------------------------------------- */

/* Calls itself until the stack is used down to `lowest`. */
static never_inline int deepen(uintptr_t lowest)
{
	volatile char room[200] = {};

	room[six] = (char)lowest;
	return (uintptr_t)room > lowest ? deepen(lowest) + room[zero] : room[zero];
}

static void overflow(struct can_sleep cs) { wide = deepen(0); }
static void margin(struct can_sleep cs) { wide = deepen(current()->kernel_stack + 700); }

/* One reference given back twice. */
static void count(struct can_sleep cs)
{
	refcount_t r = REFCOUNT_ONE;

	wide = refcount_dec(&r);
	wide = refcount_dec(&r);
}

static const struct provocation rows[] = {
	{ "ubsan-shift", shift }, { "ubsan-divide", divide }, { "ubsan-builtin", count_zeros }, { "ubsan-index", index },
	{ "ubsan-alignment", misalign }, { "lock-order", order }, { "sleep-in-atomic", sleep },
	{ "lock-kept", keep_lock }, { "preemption-kept-off", keep_preemption_off },
	{ "stack-overflow", overflow }, { "stack-margin", margin },
	{ "refcount", count },
};
static struct provocations mine = PROVOCATIONS(rows);

START_TASK(provoke_start, needs())
{
	provoke_register(&mine);
}
