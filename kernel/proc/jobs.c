/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job control and signals as the lower tiers see them (murre/jobs.h): terminals signal groups, pipes raise SIGPIPE,
 * signalfd reads what is pending. Also the queues where signalfds wait, which outlive every process: a few shared ones.
 */
#include <murre/base/address.h>
#include <murre/start.h>
#include "proc.h"

enum { SIGNAL_QUEUES = 64 };
static waitq signal_queues[SIGNAL_QUEUES];

waitq *signal_queue_of(const struct process *p)
{
	return &signal_queues[pointer_value(p) / sizeof(*p) % SIGNAL_QUEUES];
}

static void job_raise(int signo)
{
	struct signal_info i = signal_info_user(signo, SI_USER);

	(void)error_of(signal_send_thread(current_thread(), &i));
}

static void job_signal_group(struct pid *group, int signo)
{
	struct signal_info i = signal_info_kernel(signo);

	signal_send_group(group, &i);
}

static void job_signal_process(struct pid *leader, int signo)
{
	struct signal_info i = signal_info_kernel(signo);
	own(process_ref, p, process_of_pid(leader));

	if (!is_none(p))
		(void)error_of(signal_send_process(at(p), &i));
}

static void job_signal_hangup(struct pid *session, struct pid *group)
{
	if (session) {
		job_signal_process(session, SIGHUP);
		job_signal_process(session, SIGCONT);
	}
	if (group) {
		job_signal_group(group, SIGHUP);
		job_signal_group(group, SIGCONT);
	}
}

/* SIGIO without a chosen signal number carries no siginfo (fcntl(2), F_SETSIG). */
static void job_signal_owner(struct pid *owner, bool is_group, int signo, int fd, int code, long band)
{
	struct signal_info i = signal_info_kernel(signo ? signo : SIGIO);

	if (signo) {
		i.code = code;
		i.poll.band = band;
		i.poll.fd = fd;
	}
	if (is_group) {
		signal_send_group(owner, &i);
		return;
	}
	own(process_ref, found, process_of_pid(owner));
	if (!is_none(found))
		(void)error_of(signal_send_process(at(found), &i));
}

static struct pid *job_current_group(void) { return family_peek(current_process())->group; }
static struct pid *job_current_session(void) { return family_peek(current_process())->session; }
static bool job_is_session_leader(void) { return family_peek(current_process())->session == current_process()->pid; }
static void job_terminal_give_up(void) { current_process()->terminal_given_up = true; }
static bool job_terminal_given_up(void) { return current_process()->terminal_given_up; }

static bool job_session_has_members(struct pid *session)
{
	hold(process_tree, t, &process_tree);
	return !session_member_list_empty(&session->session_members);
}

static bool job_group_in_session(struct pid *group, struct pid *session)
{
	hold(process_tree, t, &process_tree);
	struct process *p = group_member_list_first(&group->group_members) ?: group->process;

	return p && family(t, p)->session == session;
}

static bool job_group_orphaned(void)
{
	hold(process_tree, t, &process_tree);
	return group_is_orphaned(t, family_peek(current_process())->group, NULL);
}

static bool job_ignores_or_blocks(int signo)
{
	return (signal_blocked() | read_once(current_process()->actions->ignored)) & signal_bit(signo);
}

static pid_ref job_group_find(pid_nr_t nr)
{
	return pid_find(nr);
}

static uint64_t job_pending(uint64_t mask) { return signal_pending_set() & mask; }
static waitq *job_pending_queue(void) { return signal_queue_of(current_process()); }
static bool job_dequeue(uint64_t mask, struct signal_info *out)
{
	return signal_dequeue(mask & ~SIGNALS_UNBLOCKABLE, out) != 0;
}

static const struct job_ops ops = {
	.raise = job_raise,
	.signal_group = job_signal_group,
	.signal_hangup = job_signal_hangup,
	.signal_owner = job_signal_owner,
	.signal_process = job_signal_process,
	.current_group = job_current_group,
	.current_session = job_current_session,
	.current_is_session_leader = job_is_session_leader,
	.terminal_give_up = job_terminal_give_up,
	.current_terminal_given_up = job_terminal_given_up,
	.session_has_members = job_session_has_members,
	.group_in_session = job_group_in_session,
	.current_group_orphaned = job_group_orphaned,
	.current_ignores_or_blocks = job_ignores_or_blocks,
	.group_find = job_group_find,
	.pending = job_pending,
	.pending_queue = job_pending_queue,
	.dequeue = job_dequeue,
};

START_TASK(jobs_start, needs(slab_start))
{
	for (int i = 0; i < SIGNAL_QUEUES; i++)
		waitq_init(&signal_queues[i]);
	job_ops = &ops;
}
