/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What waits for a thread on its way back to its program: the end of the process, a stop, a signal's default action, or a
 * handler for which the architecture builds a frame on the program's stack. Calls that a signal broke off are restarted
 * here or answer EINTR. Runs in the thread itself, without locks. signal(7), sigaction(2), restart_syscall(2).
 */
#include <murre/string.h>
#include <asm/unistd.h>
#include "proc.h"

enum delivery_step { NOTHING_LEFT, RUN_HANDLER, STOP_SOON, STOP_NOW, TELL_CONTINUED, DIE };

struct delivery {
	struct signal_info info;
	abi_sigaction action;
	int status;				/* DIE */
	bool stop_is_complete;			/* STOP_NOW */
};

static enum delivery_step delivery_next(struct thread *t, struct delivery *d);
static enum delivery_step signal_act(process_signals_locked s, struct thread *t, struct delivery *d, int signo);
static void stop_soon(struct thread *t, int signo);
static void stop_now(struct thread *t, const struct delivery *d);
static void call_restart(struct trap_frame *f, const abi_sigaction *action);
static void handler_start(struct trap_frame *f, struct thread *t, const struct delivery *d,
			  struct can_sleep cs);
static void frame_failed(struct thread *t, int signo);

void signal_deliver(struct trap_frame *f, struct can_sleep cs)
{
	struct thread *t = current_thread();
	struct delivery d not_zeroed;		/* delivery_next fills what its answer stands for */

	for (;;) {
		switch (delivery_next(t, &d)) {
		case DIE:
			process_exit(d.status, cs);
		case STOP_SOON:
			stop_soon(t, d.info.signo);
			continue;
		case STOP_NOW:
			stop_now(t, &d);
			continue;
		case TELL_CONTINUED:
			parent_notify_stop(t->process, false, SIGCONT);
			continue;
		case RUN_HANDLER:
			call_restart(f, &d.action);
			handler_start(f, t, &d, cs);
			return;
		case NOTHING_LEFT:
			call_restart(f, NULL);
			return;
		}
	}
}

static enum delivery_step delivery_next(struct thread *t, struct delivery *d)
{
	hold(process_signals, s, &t->process->signals);
	struct thread_signals *own = thread_signals(s, t);

	for (;;) {
		enum delivery_step step;
		int signo;

		if (unlikely(in(s)->exiting)) {
			d->status = in(s)->exit_status;
			return DIE;
		}
		if (unlikely(in(s)->tell_parent_continued)) {
			in(s)->tell_parent_continued = false;
			return TELL_CONTINUED;
		}
		if (unlikely(own->stop_wanted)) {
			d->stop_is_complete = signal_stop_join(s, t);
			d->info.signo = in(s)->stop_signo;
			return STOP_NOW;
		}
		signo = signal_queue_take(&own->pending, ~own->blocked, &d->info);
		if (!signo)
			signo = signal_queue_take(&in(s)->pending, ~own->blocked, &d->info);
		if (!signo) {
			signal_recheck(s);
			return NOTHING_LEFT;
		}
		if (d->info.code == SI_TIMER)
			posix_timer_taken(t->process, &d->info);
		step = signal_act(s, t, d, signo);
		if (step != NOTHING_LEFT)
			return step;
	}
}

static enum delivery_step signal_act(process_signals_locked s, struct thread *t, struct delivery *d, int signo)
{
	struct process *p = t->process;

	if (signal_action_take(p->actions, signo, &d->action))
		return RUN_HANDLER;
	if (read_once(p->actions->ignored) & signal_bit(signo))
		return NOTHING_LEFT;
	switch (signal_default(signo)) {
	case DEFAULT_IGNORE:
	case DEFAULT_CONTINUE:
		return NOTHING_LEFT;
	case DEFAULT_STOP:
		if (in(s)->unkillable)
			return NOTHING_LEFT;
		in(s)->stop_dequeued = true;
		return STOP_SOON;
	case DEFAULT_TERMINATE:
	case DEFAULT_CORE:
		break;
	}
	if (in(s)->unkillable)
		return NOTHING_LEFT;
	/* No core is written, so the status does not say "core dumped". */
	d->status = signo;
	return DIE;
}

/* A member of an orphaned group has nobody to continue it: SIGTSTP and its kin do nothing (POSIX 2.4.3). The check needs
 * the tree's lock, so the stop is begun afterwards unless a SIGCONT has come in between. */
static void stop_soon(struct thread *t, int signo)
{
	struct process *p = t->process;

	if (signo != SIGSTOP && job_ops->current_group_orphaned())
		return;
	hold(process_signals, s, &p->signals);
	if (in(s)->stop_dequeued && !in(s)->exiting)
		signal_stop_begin(s, p, signo);
	in(s)->stop_dequeued = false;
}

static void stop_now(struct thread *t, const struct delivery *d)
{
	if (d->stop_is_complete)
		parent_notify_stop(t->process, true, d->info.signo);
	schedule();
	task_set_state(TASK_RUNNING);
}

/* NULL: no handler runs. */
static void call_restart(struct trap_frame *f, const abi_sigaction *action)
{
	if (frame_entered_by(f) < 0)
		return;
	switch (-frame_return(f)) {
	case ERESTART_RESTARTBLOCK:
		if (action)
			frame_set_return(f, -EINTR);
		else
			frame_restart_through(f, __NR_restart_syscall);
		break;
	case ERESTARTNOHAND:
		if (action)
			frame_set_return(f, -EINTR);
		else
			frame_restart_syscall(f);
		break;
	case ERESTARTSYS:
		if (action && !(action->flags & SA_RESTART))
			frame_set_return(f, -EINTR);
		else
			frame_restart_syscall(f);
		break;
	case ERESTARTNOINTR:
		frame_restart_syscall(f);
		break;
	}
	frame_forget_syscall(f);
}

static bool on_altstack(const struct thread *t, uintptr_t sp)
{
	return sp - t->altstack.base - 1 < t->altstack.bytes && !(t->altstack.flags & (int)SS_AUTODISARM);
}

static void handler_start(struct trap_frame *f, struct thread *t, const struct delivery *d, struct can_sleep cs)
{
	_Alignas(8) unsigned char info[SIGINFO_ABI_BYTES] not_zeroed;	/* both halves are written below */
	uint64_t blocked = signal_blocked();
	bool restores = task_work_pending(WORK_RESTORE_MASK);
	struct signal_delivery push = {
		.signo = d->info.signo,
		.siginfo = info,
		.handler = d->action.handler,
		.restorer = d->action.flags & SA_RESTORER ? d->action.restorer : peek(&current()->vm->layout)->user_code,
		.flags = d->action.flags,
		.mask.bits = restores ? t->saved_mask : blocked,
		.old_altstack_base = t->altstack.base,
		.old_altstack_size = t->altstack.bytes,
		.old_altstack_flags = t->altstack.flags,
	};

	__builtin_memcpy(info, &d->info, sizeof(d->info));
	__builtin_memset(info + sizeof(d->info), 0, sizeof(info) - sizeof(d->info));
	if (d->action.flags & SA_ONSTACK && t->altstack.bytes && !on_altstack(t, frame_sp(f))) {
		push.altstack_base = t->altstack.base;
		push.altstack_size = t->altstack.bytes;
	}
	if (error_of(arch_signal_push(f, &push, cs))) {
		frame_failed(t, d->info.signo);
		return;
	}
	task_work_clear(WORK_RESTORE_MASK);
	if (t->altstack.flags & (int)SS_AUTODISARM)
		t->altstack = (abi_stack){ .flags = SS_DISABLE };
	blocked |= d->action.mask.bits;
	if (!(d->action.flags & SA_NODEFER))
		blocked |= signal_bit(d->info.signo);
	t->restart.resume = NULL;
	signal_block_and_recheck(blocked);
}

/* The program's stack does not take the frame: that is a fault of its own, and a deadly one if it was a fault already. */
static void frame_failed(struct thread *t, int signo)
{
	struct signal_info i = signal_info_kernel(SIGSEGV);

	if (signo == SIGSEGV)
		signal_action_reset(t->process->actions, SIGSEGV);
	signal_force(&i);
}
