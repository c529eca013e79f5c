/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending signals: what the signal means for the receiver at once (a stop cancels continuations and the other way round,
 * a deadly one ends the whole process), whether it is ignored, and which thread is to look. Any context, under the
 * receiver's signal lock. signal(7), kill(2).
 */
#include <linux/eventpoll.h>
#include "proc.h"

enum {
	WAKE_FOR_SIGNAL = 1 << TASK_INTERRUPTIBLE,
	WAKE_FOR_DEATH = 1 << TASK_INTERRUPTIBLE | 1 << TASK_KILLABLE | 1 << TASK_STOPPED,
};
#define SET(n) (1ull << ((n) - 1))
#define SIGNALS_IGNORED_BY_DEFAULT (SET(SIGCONT) | SET(SIGCHLD) | SET(SIGWINCH) | SET(SIGURG))
#define SIGNALS_STOPPING (SET(SIGSTOP) | SET(SIGTSTP) | SET(SIGTTIN) | SET(SIGTTOU))
#define SIGNALS_CORE (SET(SIGQUIT) | SET(SIGILL) | SET(SIGTRAP) | SET(SIGABRT) | SET(SIGFPE) | SET(SIGSEGV) | SET(SIGBUS) | \
		      SET(SIGSYS) | SET(SIGXCPU) | SET(SIGXFSZ))

static void stop_and_continue_cancel(process_signals_locked s, struct process *p, int signo);
static bool is_ignored(process_signals_locked s, struct process *p, struct thread *t,
		       const struct signal_info *i);
static struct thread *thread_choose(process_signals_locked s, struct thread *only, uint64_t bit);
static bool is_deadly(process_signals_locked s, struct process *p, struct thread *t, int signo);
static void members_clear(process_signals_locked s, uint64_t mask);

enum signal_default signal_default(int signo)
{
	uint64_t bit = signal_bit(signo);

	if (signo == SIGCONT)
		return DEFAULT_CONTINUE;
	if (bit & SIGNALS_IGNORED_BY_DEFAULT)
		return DEFAULT_IGNORE;
	if (bit & SIGNALS_STOPPING)
		return DEFAULT_STOP;
	return bit & SIGNALS_CORE ? DEFAULT_CORE : DEFAULT_TERMINATE;
}

result(unit) signal_send_process(struct process *p, const struct signal_info *i)
{
	hold(process_signals, s, &p->signals);
	return signal_send_locked(s, p, NULL, i);
}

result(unit) signal_send_thread(struct thread *t, const struct signal_info *i)
{
	hold(process_signals, s, &t->process->signals);
	return signal_send_locked(s, t->process, t, i);
}

/* A timer's signal that still waits counts the expiry; otherwise it is sent. */
void signal_send_timer(struct process *p, struct thread *only, const struct signal_info *i, unsigned expiries)
{
	struct signal_info fresh = *i;
	hold(process_signals, s, &p->signals);
	struct signal_info *waiting = signal_queue_find_timer(only ? &thread_signals(s, only)->pending : &in(s)->pending, i);

	if (waiting) {
		waiting->timer.overrun += expiries;
		return;
	}
	fresh.timer.overrun = expiries - 1;
	(void)error_of(signal_send_locked(s, p, only, &fresh));
}

unsigned signal_send_group(struct pid *group, const struct signal_info *i)
{
	unsigned count = 0;
	hold(process_tree, t, &process_tree);

	list_each(group_member, p, &group->group_members)
		count += !error_of(signal_send_process(p, i));
	return count;
}

/* `only`: the signal is that thread's alone. */
result(unit) signal_send_locked(process_signals_locked s, struct process *p, struct thread *only,
				const struct signal_info *i)
{
	RETURNS(unit);
	struct signal_pending *pending = only ? &thread_signals(s, only)->pending : &in(s)->pending;
	uint64_t bit = signal_bit(i->signo);
	struct thread *t;

	if (in(s)->thread_count == 0 || (in(s)->exiting && !in(s)->execing))
		return DONE;
	if (unlikely(bit & (SIGNALS_STOPPING | SET(SIGCONT) | SET(SIGKILL))))
		stop_and_continue_cancel(s, p, i->signo);
	t = only ? only : thread_list_first(&in(s)->threads);
	invariant(t);			/* there are threads, as thread_count said */
	if (is_ignored(s, p, t, i))
		return DONE;
	if (i->signo < SIGRTMIN && (pending->set & bit))
		return DONE;
	/* Signals of the kernel and of kill(2) arrive whatever the limit; sigqueue(3) and timers are told. */
	if (!signal_queue_put(pending, i, p->leader->task.cred->account, i->signo < SIGRTMIN && i->code >= 0,
			      p->limits.limit[RLIMIT_SIGPENDING].rlim_cur)) {
		if (i->signo >= SIGRTMIN && i->code != SI_USER)
			return FAIL(EAGAIN);
		pending->set |= bit;
	}
	if (unlikely(waitq_has_waiters(signal_queue_of(p))))
		wake_up_all(signal_queue_of(p), EPOLLIN);
	t = thread_choose(s, only, bit);
	if (!t)
		return DONE;
	if (is_deadly(s, p, t, i->signo))
		process_exit_begin(s, p, i->signo);
	else
		task_notify(&t->task, WORK_SIGNAL, WAKE_FOR_SIGNAL);
	return DONE;
}

bool process_exit_begin(process_signals_locked s, struct process *p, int status)
{
	if (in(s)->exiting)
		return false;
	in(s)->exiting = true;
	in(s)->exit_status = status;
	in(s)->stop_signo = 0;
	in(s)->stops_missing = 0;
	list_each(thread, t, &in(s)->threads) {
		thread_signals(s, t)->stop_wanted = false;
		task_notify(&t->task, WORK_SIGNAL | WORK_DIE, WAKE_FOR_DEATH);
	}
	return true;
}

bool signal_waits(process_signals_locked s, struct thread *t)
{
	struct thread_signals *own = thread_signals(s, t);

	return ((own->pending.set | in(s)->pending.set) & ~own->blocked) || own->stop_wanted ||
	       in(s)->tell_parent_continued || (in(s)->exiting && in(s)->execing != t);
}

/* What the process has pending and t will not take is for the others to look at. */
void signal_pass_on(process_signals_locked s, struct thread *from)
{
	uint64_t waiting = in(s)->pending.set;

	list_each(thread, t, &in(s)->threads)
		if (t != from && waiting & ~thread_signals(s, t)->blocked)
			task_notify(&t->task, WORK_SIGNAL, WAKE_FOR_SIGNAL);
}

void signal_recheck(process_signals_locked s)
{
	if (signal_waits(s, current_thread()))
		__atomic_or_fetch(&current()->work, WORK_SIGNAL, __ATOMIC_RELAXED);
	else
		task_work_clear(WORK_SIGNAL);
}

/* A fault of current: the program cannot go on before it is handled, so nothing may hold it back. */
void signal_force(const struct signal_info *i)
{
	struct thread *me = current_thread();
	struct process *p = me->process;
	uint64_t bit = signal_bit(i->signo);
	hold(process_signals, s, &p->signals);
	struct thread_signals *own = thread_signals(s, me);

	if ((own->blocked | read_once(p->actions->ignored)) & bit) {
		signal_action_reset(p->actions, i->signo);
		own->blocked &= ~bit;
	}
	if (!(read_once(p->actions->caught) & bit))
		in(s)->unkillable = false;
	signal_pending_clear(&own->pending, bit);
	(void)error_of(signal_send_locked(s, p, me, i));
	signal_recheck(s);
}

struct signal_info signal_info_kernel(int signo)
{
	return (struct signal_info){ .signo = signo, .code = SI_KERNEL };
}

struct signal_info signal_info_user(int signo, int code)
{
	struct signal_info i = { .signo = signo, .code = code };

	i.user.pid = current_process()->pid->nr.nr;
	i.user.uid = current_cred()->uid.id;
	return i;
}

result(unit) signal_permission(struct process *p, int signo)
{
	RETURNS(unit);
	const struct cred *mine = current_cred();

	if (p == current_process())
		return DONE;
	own(thread_ref, leader, process_leader(p));
	if (is_none(leader))
		return FAIL(ESRCH);
	own(cred_ref, theirs, thread_cred(at(leader)));
	if (kuid_equal(mine->euid, at(theirs)->suid) || kuid_equal(mine->euid, at(theirs)->uid) ||
	    kuid_equal(mine->uid, at(theirs)->suid) || kuid_equal(mine->uid, at(theirs)->uid) || capable(CAP_KILL))
		return DONE;
	if (signo == SIGCONT && process_session_nr(p).nr == process_session_nr(current_process()).nr)
		return DONE;
	return FAIL(EPERM);
}

static void stop_and_continue_cancel(process_signals_locked s, struct process *p, int signo)
{
	if (signo == SIGCONT) {
		members_clear(s, SIGNALS_STOPPING);
		signal_continue(s, p);
	} else if (signo != SIGKILL) {
		members_clear(s, SET(SIGCONT));
	}
}

static void members_clear(process_signals_locked s, uint64_t mask)
{
	signal_pending_clear(&in(s)->pending, mask);
	list_each(thread, t, &in(s)->threads)
		signal_pending_clear(&thread_signals(s, t)->pending, mask);
}

/* A blocked signal is kept even if it is ignored now: its action may change before it is let through. */
static bool is_ignored(process_signals_locked s, struct process *p, struct thread *t,
		       const struct signal_info *i)
{
	uint64_t bit = signal_bit(i->signo);
	uint64_t ignored = read_once(p->actions->ignored);
	uint64_t caught = read_once(p->actions->caught);

	if ((thread_signals(s, t)->blocked | thread_signals(s, t)->waiting_for) & bit & ~SIGNALS_UNBLOCKABLE)
		return false;
	if (unlikely(in(s)->unkillable) && !(caught & bit))
		return true;
	return (ignored | (SIGNALS_IGNORED_BY_DEFAULT & ~caught)) & bit;
}

/* A stopped thread has to be continued before it looks at anything but SIGKILL. */
static bool thread_wants(process_signals_locked s, struct thread *t, uint64_t bit)
{
	struct thread_signals *own = thread_signals(s, t);

	if (unlikely(read_once(t->task.state) == TASK_STOPPED) && bit != SET(SIGKILL))
		return false;
	return !(own->blocked & bit & ~own->waiting_for) && !own->leaving;
}

/* The thread that is to look: the only one, the first that does not block it, none: it waits until one unblocks it. */
static struct thread *thread_choose(process_signals_locked s, struct thread *only, uint64_t bit)
{
	if (only)
		return thread_wants(s, only, bit) ? only : NULL;
	list_each(thread, t, &in(s)->threads)
		if (thread_wants(s, t, bit))
			return t;
	return NULL;
}

/* Will it end the process for sure? Then all threads hear of it at once. A core dump is for the receiver to write. */
static bool is_deadly(process_signals_locked s, struct process *p, struct thread *t, int signo)
{
	uint64_t bit = signal_bit(signo);

	if (signo == SIGKILL)
		return true;
	if ((read_once(p->actions->caught) | read_once(p->actions->ignored)) & bit)
		return false;
	if (thread_signals(s, t)->blocked & bit)
		return false;
	return signal_default(signo) == DEFAULT_TERMINATE;
}
