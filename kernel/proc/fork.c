/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making threads and processes. Everything that may fail happens to drafts: the thread with its stack, space, files and
 * number, the process around it; scope end discards them. thread_publish then links them into tree and process, which
 * cannot fail unless a signal has come first. fork(2), vfork(2), clone(2).
 */
#include <murre/slab.h>
#include <murre/usercopy.h>
#include <linux/sched.h>
#include <linux/eventpoll.h>
#include "proc.h"

#define CLONE_NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
			  CLONE_NEWCGROUP | CLONE_NEWTIME)

struct vfork_wait { waitq queue; bool done; };

static result(unit) flags_check(const struct clone_request *r);
static result(unit) numbers_check(void);
static result(process_ref) process_draft(const struct clone_request *r, struct thread *leader);
static result(unit) thread_fill(struct thread *t, const struct clone_request *r, struct can_sleep cs);
static result(unit) thread_fill_space(struct thread *t, const struct clone_request *r, struct can_sleep cs);
static void thread_inherit(struct thread *t, const struct clone_request *r);
static void policy_inherit(struct task *child, struct task *from);
static result(unit) process_publish(struct process *p, struct thread *leader, const struct clone_request *r);
static result(unit) thread_publish(struct thread *t);
static void vfork_wait_for(struct thread *child, struct vfork_wait *w, struct can_sleep cs);

result(long) process_clone(const struct clone_request *r, struct can_sleep cs)
{
	struct vfork_wait vfork = {};
	int nr;

	TRY(flags_check(r));
	TRY(numbers_check());
	own(thread_draft, draft, TRY(thread_new()));
	struct thread *t = at(draft);
	own(pid_ref, pid, TRY(pid_new()));
	t->pid = into_raw(give(pid));
	t->task.id = t->pid->nr;
	nr = t->pid->nr.nr;

	own(process_ref, p, TRY(process_draft(r, t)));
	TRY(thread_fill(t, r, cs));
	own(file_ref, pidfd, none(file_ref));
	own_fd_slot(slot, (fd_slot){});
	if (r->flags & CLONE_PIDFD) {
		slot = TRY(fd_reserve(0, true));
		pidfd = TRY(pidfd_new(at(p), 0));
		TRY(copy_out(r->pidfd, &slot.fd.nr));
	}
	own(thread_ref, child, none(thread_ref));
	if (r->flags & CLONE_VFORK) {
		waitq_init(&vfork.queue);
		peek(&t->share)->vfork = &vfork;
		child = thread_share_ref(t);
	}

	if (r->flags & CLONE_THREAD)
		TRY(thread_publish(t));
	else
		TRY(process_publish(at(p), t, r));
	if (!is_none(pidfd))
		fd_install(&slot, give(pidfd));
	/* As Linux: the number is there when the call returns; a bad address is the program's own affair. */
	if (r->flags & CLONE_PARENT_SETTID)
		(void)error_of(copy_out(r->parent_tid, &nr));
	thread_start(give(draft));
	if (r->flags & CLONE_VFORK)
		vfork_wait_for(at(child), &vfork, cs);
	return OK(long, nr);
}

/* Combinations that clone(2) refuses. This kernel has no namespaces beside the first: EPERM for those who may not make
 * one, EINVAL as from a kernel built without them for those who may. */
static result(unit) flags_check(const struct clone_request *r)
{
	RETURNS(unit);
	uint64_t f = r->flags;

	if (f & CLONE_NAMESPACES)
		return FAIL(!(f & CLONE_NEWUSER) && !(f & CLONE_FS) && !capable(CAP_SYS_ADMIN) ? EPERM : EINVAL);
	if (f & CLONE_THREAD && !(f & CLONE_SIGHAND))
		return FAIL(EINVAL);
	if (f & CLONE_SIGHAND && !(f & CLONE_VM))
		return FAIL(EINVAL);
	if (f & CLONE_PARENT && current_process() == init_process)
		return FAIL(EINVAL);
	if (f & CLONE_PIDFD && f & (CLONE_THREAD | CLONE_DETACHED))
		return FAIL(EINVAL);
	return DONE;
}

/* RLIMIT_NPROC and the machine's own limit: where a fork bomb ends. */
static result(unit) numbers_check(void)
{
	RETURNS(unit);
	const struct cred *c = current_cred();

	current_thread()->too_many_processes = false;
	if ((uint64_t)read_once(c->account->threads) >= current_limit(RLIMIT_NPROC) && c->account->uid.id != 0 &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		return FAIL(EAGAIN);
	if (read_once(peek(&process_tree)->threads) >= threads_max)
		return FAIL(EAGAIN);
	return DONE;
}

/* The process that t will be in: the caller's with CLONE_THREAD, else a new one that t leads. */
static result(process_ref) process_draft(const struct clone_request *r, struct thread *t)
{
	RETURNS(process_ref);
	struct process *mine = current_process();

	if (r->flags & CLONE_THREAD) {
		t->process = into_raw(process_share(mine));
		return OK(process_ref, process_share(mine));
	}
	own(process_ref, made, TRY(process_new()));
	struct process *p = at(made);
	if (r->flags & CLONE_SIGHAND) {
		refcount_inc(&mine->actions->refs);
		p->actions = into_raw(handle_from(signal_actions_ref, mine->actions));
	} else {
		p->actions = into_raw(TRY(signal_actions_copy(mine->actions)));
	}
	if (r->flags & CLONE_CLEAR_SIGHAND)
		signal_actions_exec(p->actions);
	p->pid = into_raw(pid_share(t->pid));
	p->limits = mine->limits;
	p->personality = mine->personality;
	p->dumpable = mine->dumpable;
	p->oom_score_adj = mine->oom_score_adj;
	p->terminal_given_up = mine->terminal_given_up;
	family_of_new(p)->exit_signal = r->exit_signal;
	t->process = into_raw(process_share(p));
	return OK(process_ref, give(made));
}

static result(unit) thread_fill(struct thread *t, const struct clone_request *r, struct can_sleep cs)
{
	RETURNS(unit);
	struct task *me = current();
	struct trap_frame *frame = arch_user_frame(me);

	t->task.cred = into_raw(cred_share(current_cred()));
	t->task.limits = &t->process->limits;
	t->task.files = r->flags & CLONE_FILES ? into_raw(fd_table_share(me->files))
						  : into_raw(TRY(fd_table_copy(me->files, cs)));
	t->task.fs = r->flags & CLONE_FS ? into_raw(fs_context_share(me->fs))
					    : into_raw(TRY(fs_context_copy(me->fs)));
	TRY(thread_fill_space(t, r, cs));
	TRY(arch_task_init_fork(&t->task, frame, r->stack, r->flags & CLONE_SETTLS, r->tls));
	thread_inherit(t, r);
	return DONE;
}

static result(unit) thread_fill_space(struct thread *t, const struct clone_request *r, struct can_sleep cs)
{
	RETURNS(unit);
	struct vm_space *mine = current_space();

	t->task.vm = r->flags & CLONE_VM ? into_raw(vm_space_share(mine)) : into_raw(TRY(vm_space_fork(mine, cs)));
	t->task.space = &t->task.vm->arch;
	return DONE;
}

static void thread_inherit(struct thread *t, const struct clone_request *r)
{
	struct thread *me = current_thread();

	thread_signals_of_new(t)->blocked = thread_signals_peek(me)->blocked;
	if ((r->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
		t->altstack = me->altstack;
	if (r->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = user_value(r->child_tid);
	if (r->flags & CLONE_CHILD_SETTID) {
		t->set_tid = user_value(r->child_tid);
		t->task.work |= WORK_FIRST_RETURN;
	}
	t->timer_slack = t->timer_slack_default = me->timer_slack;
	policy_inherit(&t->task, &me->task);
}

/* SCHED_RESET_ON_FORK: the child is an ordinary task whatever its parent is (sched(7)). */
static void policy_inherit(struct task *child, struct task *from)
{
	task_copy_affinity(child, from);
	if (likely(!from->reset_on_fork && from->policy == POLICY_NORMAL && from->nice == 0))
		return;
	if (!from->reset_on_fork) {
		task_set_policy(child, from->policy, from->nice, from->rt_priority);
		return;
	}
	task_set_policy(child, POLICY_NORMAL, from->policy == POLICY_FIFO || from->policy == POLICY_RR ? 0 : max(from->nice, 0), 0);
}

/* Makes the drafts live. ERESTARTNOINTR: a signal for the group has come, which the child would escape. */
static result(unit) process_publish(struct process *p, struct thread *leader, const struct clone_request *r)
{
	RETURNS(unit);
	struct process *me = current_process();
	hold(process_tree, tree, &process_tree);
	struct process_family *f = family(tree, p), *mine = family(tree, me);

	if (signal_pending())
		return FAIL(ERESTARTNOINTR);
	f->parent = me;
	f->maker = current_thread()->pid->nr.nr;
	if (r->flags & CLONE_PARENT) {
		f->parent = mine->parent;
		f->maker = mine->maker;
		f->exit_signal = mine->exit_signal;
	}
	/* Not before: a process that comes to nothing is freed where the last user of a file may not be left. */
	unshared(process_signals_role);		/* only a process's last thread, in exec, replaces its image */
	refcount_inc(&me->image->refs);
	p->image = into_raw(handle_from(exec_image_ref, me->image));
	p->leader = into_raw(thread_share_ref(leader));
	thread_list_push_back(&peek(&p->signals)->threads, leader);
	peek(&p->signals)->thread_count = 1;
	child_list_push_back(&family(tree, f->parent)->children, p);
	process_set_group_in(tree, p, mine->group);
	process_set_session_in(tree, p, mine->session);
	in(tree)->threads++;
	__atomic_add_fetch(&leader->task.cred->account->threads, 1, __ATOMIC_RELAXED);
	rcu_store(p->pid->process, p);
	rcu_store(p->pid->thread, leader);
	(void)into_raw(process_share(p));	/* the tree's, until it is reaped */
	return DONE;
}

static result(unit) thread_publish(struct thread *t)
{
	RETURNS(unit);
	struct process *p = t->process;
	hold(process_tree, tree, &process_tree);
	hold_also(process_signals, s, &p->signals);

	if (signal_pending())
		return FAIL(ERESTARTNOINTR);
	thread_list_push_back(&in(s)->threads, t);
	in(s)->thread_count++;
	in(tree)->threads++;
	__atomic_add_fetch(&t->task.cred->account->threads, 1, __ATOMIC_RELAXED);
	rcu_store(t->pid->thread, t);
	return DONE;
}

/* vfork. ----------------------------------------------------------------------------------------------------------- */

/* The lock keeps the child from waking a parent that has gone. */
static void vfork_wait_for(struct thread *child, struct vfork_wait *w, struct can_sleep cs)
{
	(void)error_of(wait_event_killable(&w->queue, read_once(w->done), cs));
	{
		hold(thread_share, k, &child->share);
		in(k)->vfork = NULL;
	}
}

void vfork_done(struct thread *t)
{
	if (likely(!read_once(peek(&t->share)->vfork)))
		return;
	hold(thread_share, k, &t->share);
	struct vfork_wait *w = in(k)->vfork;

	in(k)->vfork = NULL;
	if (!w)
		return;
	write_once(w->done, true);
	wake_up_all(&w->queue, EPOLLIN);
}
