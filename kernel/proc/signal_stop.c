/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job control stops. A stop is asked of every thread of the process (stop_wanted); each joins it on its way back to the
 * program, the last one makes it complete and tells the parent. SIGCONT calls a stop off or ends it. State under the
 * signal lock of the process. signal(7), wait(2).
 */
#include "proc.h"

void signal_stop_begin(process_signals_locked s, struct process *p, int signo)
{
	in(s)->stop_signo = signo;
	in(s)->stopped = false;
	in(s)->stops_missing = 0;
	list_each(thread, t, &in(s)->threads) {
		if (thread_signals(s, t)->leaving)
			continue;
		thread_signals(s, t)->stop_wanted = true;
		in(s)->stops_missing++;
		task_notify(&t->task, WORK_SIGNAL, 1 << TASK_INTERRUPTIBLE);
	}
}

/* True: t was the last one, the process is stopped now. The caller sleeps in TASK_STOPPED when it has let go. */
bool signal_stop_join(process_signals_locked s, struct thread *t)
{
	thread_signals(s, t)->stop_wanted = false;
	task_set_state(TASK_STOPPED);
	if (--in(s)->stops_missing)
		return false;
	in(s)->stopped = true;
	in(s)->report = REPORT_STOPPED;
	return true;
}

/* True: the stop under way is complete without the thread that leaves. */
bool signal_stop_forget(process_signals_locked s, struct thread *leaving)
{
	if (!thread_signals(s, leaving)->stop_wanted)
		return false;
	thread_signals(s, leaving)->stop_wanted = false;
	if (--in(s)->stops_missing || in(s)->exiting)
		return false;
	in(s)->stopped = true;
	in(s)->report = REPORT_STOPPED;
	return true;
}

void signal_continue(process_signals_locked s, struct process *p)
{
	in(s)->stop_dequeued = false;
	if (in(s)->stopped || in(s)->stops_missing) {
		in(s)->report = REPORT_CONTINUED;
		in(s)->tell_parent_continued = true;
	}
	in(s)->stopped = false;
	in(s)->stops_missing = 0;
	in(s)->stop_signo = 0;
	list_each(thread, t, &in(s)->threads) {
		thread_signals(s, t)->stop_wanted = false;
		task_notify(&t->task, WORK_SIGNAL, 1 << TASK_STOPPED);
	}
}
