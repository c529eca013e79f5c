/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for children: looks through the caller's children under the tree lock for news that the request asks for, takes
 * them, and sleeps on the process's queue while there are children but no news. wait4(2), waitid(2).
 */
#include <linux/wait.h>
#include "proc.h"

enum scan { SCAN_FOUND, SCAN_NOTHING_YET, SCAN_NO_CHILD };

static enum scan children_scan(const struct wait_request *r, struct wait_answer *a);
static bool child_matches(process_tree_locked t, struct process *c, const struct wait_request *r);
static bool child_news(process_tree_locked t, struct process *c, const struct wait_request *r,
		       struct wait_answer *a);
static void dead_child_take(process_tree_locked t, struct process *c, bool keep, struct wait_answer *a);

result(wait_answer) process_wait(const struct wait_request *r, struct can_sleep cs)
{
	RETURNS(wait_answer);
	struct wait_answer a = {};
	enum scan found = children_scan(r, &a);

	if (found == SCAN_NOTHING_YET && !(r->options & WNOHANG))
		TRY(wait_event_interruptible(&current_process()->child_wait,
					     (found = children_scan(r, &a)) != SCAN_NOTHING_YET, cs));
	if (found == SCAN_NO_CHILD)
		return FAIL(ECHILD);
	return OK(wait_answer, a);
}

static enum scan children_scan(const struct wait_request *r, struct wait_answer *a)
{
	struct process *p = current_process();
	enum scan found = SCAN_NO_CHILD;
	hold(process_tree, t, &process_tree);

	list_each(child, c, &family(t, p)->children) {
		if (!child_matches(t, c, r))
			continue;
		if (child_news(t, c, r, a))
			return SCAN_FOUND;
		found = SCAN_NOTHING_YET;
	}
	return found;
}

static bool child_matches(process_tree_locked t, struct process *c, const struct wait_request *r)
{
	struct process_family *f = family(t, c);

	if (r->which == P_PID && c->pid != r->pid)
		return false;
	if (r->which == P_PGID && f->group != r->pid)
		return false;
	if (r->options & __WNOTHREAD && f->maker != current_thread()->pid->nr.nr)
		return false;
	/* Children whose end is not told by SIGCHLD are seen by __WCLONE only, or by __WALL. */
	return r->options & __WALL || (f->exit_signal != SIGCHLD) == !!(r->options & __WCLONE);
}

static bool child_news(process_tree_locked t, struct process *c, const struct wait_request *r,
		       struct wait_answer *a)
{
	bool keep = r->options & WNOWAIT;

	if (family(t, c)->dead) {
		if (r->options & WEXITED)
			dead_child_take(t, c, keep, a);
		return r->options & WEXITED;
	}
	hold(process_signals, s, &c->signals);
	if (r->options & WSTOPPED && in(s)->report == REPORT_STOPPED) {
		a->code = CLD_STOPPED;
		a->status = in(s)->stop_signo << 8 | 0x7f;
	} else if (r->options & WCONTINUED && in(s)->report == REPORT_CONTINUED) {
		a->code = CLD_CONTINUED;
		a->status = 0xffff;
	} else {
		return false;
	}
	process_usage_in(s, &a->usage);
	a->pid = c->pid->nr.nr;
	a->uid = c->leader->task.cred->uid.id;
	if (!keep)
		in(s)->report = REPORT_NONE;
	return true;
}

static void dead_child_take(process_tree_locked t, struct process *c, bool keep, struct wait_answer *a)
{
	struct process_family *f = family(t, c), *mine = family(t, current_process());

	a->pid = c->pid->nr.nr;
	a->uid = c->leader->task.cred->uid.id;
	a->status = f->exit_status;
	a->code = !(a->status & 0x7f) ? CLD_EXITED : a->status & 0x80 ? CLD_DUMPED : CLD_KILLED;
	a->usage = peek(&c->signals)->dead_threads;
	usage_add(&a->usage, &f->usage);
	if (keep)
		return;
	usage_add(&mine->usage, &a->usage);
	own(process_ref, gone, process_reap(t, c));
}
