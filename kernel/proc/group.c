/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process groups and sessions: membership lies in the struct pid that names the group or session, under the process tree
 * lock. A group is orphaned when no member has a parent in another group of the same session; stopped members of a group
 * that becomes so are woken with SIGHUP and SIGCONT. setpgid(2), setsid(2), POSIX 3.264 and _Exit.
 */
#include "proc.h"

static result(process_ref) target_of(int pid);
static result(pid_ref) group_to_join(process_tree_locked t, struct process *p, int group);
static bool has_stopped_member(process_tree_locked t, struct pid *group);

void process_set_group_in(process_tree_locked t, struct process *p, struct pid *group)
{
	struct process_family *f = family(t, p);
	struct pid *old = f->group;

	shown_by(t);
	if (old)
		group_member_list_remove(p);
	if (group) {
		(void)into_raw(pid_share(group));
		group_member_list_push_back(&group->group_members, p);
	}
	rcu_store(f->group, group);
	if (old)
		end_raw(pid_ref, old);
}

void process_set_session_in(process_tree_locked t, struct process *p, struct pid *session)
{
	struct process_family *f = family(t, p);
	struct pid *old = f->session;

	shown_by(t);
	if (old)
		session_member_list_remove(p);
	if (session) {
		(void)into_raw(pid_share(session));
		session_member_list_push_back(&session->session_members, p);
	}
	rcu_store(f->session, session);
	if (old)
		end_raw(pid_ref, old);
}

result(unit) process_set_group(int pid, int group)
{
	RETURNS(unit);
	struct process *me = current_process();

	if (group < 0 || (group == 0 && pid < 0))
		return FAIL(EINVAL);
	own(process_ref, target, TRY(target_of(pid)));
	struct process *p = at(target);
	hold(process_tree, t, &process_tree);
	struct process_family *f = family(t, p);

	if (f->reaped)
		return FAIL(ESRCH);
	if (p != me) {
		if (f->parent != me)
			return FAIL(ESRCH);
		if (f->session != family(t, me)->session)
			return FAIL(EPERM);
		if (f->has_execed)
			return FAIL(EACCES);
	}
	if (f->session == p->pid)
		return FAIL(EPERM);
	own(pid_ref, to, TRY(group_to_join(t, p, group ? group : p->pid->nr.nr)));
	if (f->group != at(to))
		process_set_group_in(t, p, at(to));
	return DONE;
}

result(long) process_new_session(void)
{
	struct process *p = current_process();
	hold(process_tree, t, &process_tree);

	/* A session leader, or anybody while a group of that number exists. */
	if (family(t, p)->session == p->pid || !group_member_list_empty(&p->pid->group_members))
		return FAIL(EPERM);
	process_set_session_in(t, p, p->pid);
	process_set_group_in(t, p, p->pid);
	p->terminal_given_up = false;
	return OK(long, p->pid->nr.nr);
}

bool group_is_orphaned(process_tree_locked t, struct pid *group, struct process *ignored)
{
	shown_by(t);
	list_each(group_member, p, &group->group_members) {
		struct process_family *f = family(t, p);
		struct process *parent = f->parent;
		if (p == ignored || f->dead || !parent || parent == init_process)
			continue;
		if (family(t, parent)->group != group && family(t, parent)->session == f->session)
			return false;
	}
	return true;
}

/* p ends, or loses lost_parent: was that what kept p's group from being orphaned? */
void group_orphan_check(process_tree_locked t, struct process *p, struct process *lost_parent)
{
	struct process_family *f = family(t, p);
	struct process *parent = lost_parent ? lost_parent : f->parent;
	struct signal_info i;

	shown_by(t);
	if (!parent || family(t, parent)->group == f->group || family(t, parent)->session != f->session)
		return;
	if (!group_is_orphaned(t, f->group, lost_parent ? NULL : p) || !has_stopped_member(t, f->group))
		return;
	for (int n = 0; n < 2; n++) {
		i = signal_info_kernel(n ? SIGCONT : SIGHUP);
		list_each(group_member, member, &f->group->group_members)
			(void)error_of(signal_send_process(member, &i));
	}
}

static result(process_ref) target_of(int pid)
{
	RETURNS(process_ref);

	if (pid == 0 || pid == current_process()->pid->nr.nr)
		return OK(process_ref, process_share(current_process()));
	own(process_ref, p, process_find((pid_nr_t){ pid }));
	return is_none(p) ? FAIL(ESRCH) : OK(process_ref, give(p));
}

/* A group of p's session, or a new one of p's own number. */
static result(pid_ref) group_to_join(process_tree_locked t, struct process *p, int group)
{
	RETURNS(pid_ref);
	struct process *member;

	shown_by(t);
	if (group == p->pid->nr.nr)
		return OK(pid_ref, pid_share(p->pid));
	own(pid_ref, pid, pid_find((pid_nr_t){ group }));
	if (is_none(pid))
		return FAIL(EPERM);
	member = group_member_list_first(&at(pid)->group_members);
	if (!member || family(t, member)->session != family(t, p)->session)
		return FAIL(EPERM);
	return OK(pid_ref, give(pid));
}

static bool has_stopped_member(process_tree_locked t, struct pid *group)
{
	shown_by(t);
	list_each(group_member, p, &group->group_members)
		if (read_once(peek(&p->signals)->stopped))
			return true;
	return false;
}
