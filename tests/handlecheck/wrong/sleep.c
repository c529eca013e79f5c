/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeping where preemption or interrupts are off, by ways that the types do not see. */
#include <murre/file.h>
#include <murre/process.h>
#include <murre/vm.h>
#include <murre/wait.h>

struct counts { unsigned now; struct vm_space *space; };
DEFINE_GUARDED(counts, struct counts, RANK_DEVICE)
static guarded(counts) counts;

void right_from_outside(waitq *q, bool *done, struct can_sleep cs)
{
	struct can_sleep mine = cs;
	{
		hold(counts, c, &counts);
		wait_event(q, read_once(*done) && in(c)->now, mine); // wrong: [sleep-in-atomic]
	}
}

static void space_put(struct vm_space *s) { vm_space_release(s); }

void release_that_sleeps(void)
{
	hold(counts, c, &counts);

	space_put(in(c)->space); // wrong: [sleep-in-atomic]
}

static void two_down(struct vm_space *s) { space_put(s); }

void two_calls_down(struct vm_space *s)
{
	hold_preempt_off(off);

	two_down(s); // wrong: [sleep-in-atomic]
}

void handle_ends_under_the_lock(struct vm_space *s)
{
	hold(counts, c, &counts);
	own(vm_space_ref, r, vm_space_share(s)); // wrong: [sleep-in-atomic]

	in(c)->now++;
}

static void held_by_callers(counts_locked c)
{
	space_put(in(c)->space); // wrong: [sleep-in-atomic]
}

void calls_it(void)
{
	hold(counts, c, &counts);

	held_by_callers(c);
}

static void rings(struct timer *t)
{
	space_put(current_space()); // wrong: [sleep-in-atomic]
}

void timer_made(struct timer *t)
{
	t->fn = rings;
}
