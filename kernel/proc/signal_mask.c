/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the calling thread blocks, what it has pending, and the calls that wait for signals: the mask belongs to the thread
 * and changes under its process's signal lock. sigprocmask(2), sigsuspend(2), sigtimedwait(2), signalfd(2).
 */
#include <murre/string.h>
#include <murre/usercopy.h>
#include "proc.h"

static int pending_take(process_signals_locked s, uint64_t mask, struct signal_info *out);

uint64_t signal_blocked(void) { return thread_signals_peek(current_thread())->blocked; }

void signal_block_set(uint64_t blocked)
{
	struct thread *t = current_thread();

	blocked &= ~SIGNALS_UNBLOCKABLE;
	if (thread_signals_peek(t)->blocked != blocked)
		signal_block_and_recheck(blocked);
}

void signal_block_and_recheck(uint64_t blocked)
{
	struct thread *t = current_thread();
	hold(process_signals, s, &t->process->signals);

	blocked &= ~SIGNALS_UNBLOCKABLE;
	thread_signals(s, t)->blocked = blocked;
	signal_recheck(s);
	/* What this thread blocks from now on another one may take. */
	if (in(s)->thread_count > 1 && in(s)->pending.set & blocked)
		signal_pass_on(s, t);
}

result(unit) signal_mask_swap(user_in_abi_sigset mask, size_t mask_bytes, struct can_sleep cs)
{
	RETURNS(unit);
	abi_sigset now;

	if (user_is_null(mask))
		return DONE;
	if (mask_bytes != sizeof(now))
		return FAIL(EINVAL);
	TRY(copy_in(&now, mask));
	current_thread()->saved_mask = signal_blocked();
	__atomic_or_fetch(&current()->work, WORK_RESTORE_MASK, __ATOMIC_RELAXED);
	signal_block_set(now.bits);
	return DONE;
}

void signal_mask_swap_end(bool interrupted)
{
	if (interrupted || !task_work_pending(WORK_RESTORE_MASK))
		return;
	task_work_clear(WORK_RESTORE_MASK);
	signal_block_set(current_thread()->saved_mask);
}

result(unit) signal_suspend(uint64_t blocked, struct can_sleep cs)
{
	RETURNS(unit);

	current_thread()->saved_mask = signal_blocked();
	signal_block_set(blocked);
	for (;;) {
		task_set_state(TASK_INTERRUPTIBLE);
		if (signal_pending())
			break;
		schedule();
	}
	task_set_state(TASK_RUNNING);
	__atomic_or_fetch(&current()->work, WORK_RESTORE_MASK, __ATOMIC_RELAXED);
	return FAIL(ERESTARTNOHAND);
}

result(int) signal_wait(uint64_t set, nsec_t deadline, struct signal_info *out, struct can_sleep cs)
{
	RETURNS(int);
	struct thread *t = current_thread();
	bool timed_out = false;
	int signo;

	set &= ~SIGNALS_UNBLOCKABLE;
	{
		hold(process_signals, s, &t->process->signals);
		signo = pending_take(s, set, out);
		if (!signo)
			thread_signals(s, t)->waiting_for = set;
		signal_recheck(s);
	}
	if (signo)
		return OK(int, signo);
	task_set_state(TASK_INTERRUPTIBLE);
	if (!signal_pending())
		timed_out = schedule_until(deadline);
	task_set_state(TASK_RUNNING);
	{
		hold(process_signals, s, &t->process->signals);
		thread_signals(s, t)->waiting_for = 0;
		signo = pending_take(s, set, out);
		signal_recheck(s);
	}
	if (signo)
		return OK(int, signo);
	return FAIL(timed_out ? EAGAIN : EINTR);
}

int signal_dequeue(uint64_t mask, struct signal_info *out)
{
	hold(process_signals, s, &current_process()->signals);
	int signo = pending_take(s, mask, out);

	signal_recheck(s);
	return signo;
}

uint64_t signal_pending_set(void)
{
	struct thread *t = current_thread();
	hold(process_signals, s, &t->process->signals);

	return thread_signals(s, t)->pending.set | in(s)->pending.set;
}

static int pending_take(process_signals_locked s, uint64_t mask, struct signal_info *out)
{
	struct thread *t = current_thread();
	int signo = signal_queue_take(&thread_signals(s, t)->pending, mask, out);

	if (!signo)
		signo = signal_queue_take(&in(s)->pending, mask, out);
	if (signo && out->code == SI_TIMER)
		posix_timer_taken(t->process, out);
	return signo;
}
