/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last stop before a program goes on: a switch that is wanted, signals, a mask to put back, a new thread's first
 * steps. Called by the entry code when current's work word or the switch flag says so, with interrupts on.
 */
#include <murre/usercopy.h>
#include "proc.h"

static void thread_first_return(struct thread *t, struct can_sleep cs);

may_sleep void user_return_work(struct trap_frame *f)
{
	const uint32_t mine = WORK_SIGNAL | WORK_DIE | WORK_RESTORE_MASK | WORK_FIRST_RETURN;
	struct can_sleep cs = MAY_SLEEP;

	for (;;) {
		uint32_t work = read_once(current()->work) & mine;

		if (switch_wanted())
			schedule();
		else if (!work)
			return;
		if (work & WORK_FIRST_RETURN)
			thread_first_return(current_thread(), cs);
		if (work & (WORK_SIGNAL | WORK_DIE))
			signal_deliver(f, cs);
		else if (work & WORK_RESTORE_MASK)
			signal_mask_swap_end(false);
	}
}

static void thread_first_return(struct thread *t, struct can_sleep cs)
{
	int nr = t->pid->nr.nr;

	task_work_clear(WORK_FIRST_RETURN);
	/* As Linux: the program finds out by itself if the address was bad. */
	if (t->set_tid)
		(void)error_of(copy_out(user_from(int, t->set_tid), &nr));
}
