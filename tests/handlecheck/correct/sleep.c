/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeping where it is allowed, and not sleeping where it is not. */
#include <murre/process.h>
#include <murre/vm.h>
#include <murre/wait.h>

struct counts { unsigned now; struct vm_space *space; };
DEFINE_GUARDED(counts, struct counts, RANK_DEVICE)
static guarded(counts) counts;
DEFINE_GUARDED_MUTEX(slow, struct { unsigned n; }, RANK_DIRECTORY)

static struct vm_space *taken_out(void)
{
	hold(counts, c, &counts);
	struct vm_space *s = in(c)->space;

	in(c)->space = NULL;
	return s;
}

may_sleep void released_outside(void)
{
	struct vm_space *s = taken_out();

	if (s)
		vm_space_release(s);
}

void under_a_mutex(guarded(slow) *g, waitq *q, bool *done, struct can_sleep cs)
{
	hold_mutex(slow, m, g);

	wait_event(q, read_once(*done), cs);
	in(m)->n++;
}

void woken_under_a_lock(waitq *q)
{
	hold(counts, c, &counts);

	in(c)->now++;
	wake_up(q, 0);
}

unsigned in_the_order_of_ranks(guarded(slow) *g, struct can_sleep cs)
{
	unsigned n;

	hold_mutex(slow, m, g);
	{
		hold(counts, c, &counts);
		n = in(c)->now;
	}
	return n + in(m)->n;
}

static void rings(struct timer *t) { timer_arm(t, nsec_add(clock_now(), nsec_from_sec(1))); }

void timer_made(struct timer *t)
{
	timer_init(t, rings);
}
