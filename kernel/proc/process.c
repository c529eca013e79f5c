/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of struct process and struct thread: made here as drafts, found by number, freed by RCU when the last handle
 * goes, because lookups and /proc read them without a lock. What they hold (space, files, credentials) is given back
 * earlier, in exit; a dead one has only its numbers and figures. clone(2), proc(5).
 */
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/start.h>
#include "proc.h"

DEFINE_BOX(thread, struct thread)
DEFINE_BOX_CACHE(thread, struct thread);
DEFINE_BOX(process, struct process)
DEFINE_BOX_CACHE(process, struct process);
DEFINE_BOX(exec_image, struct exec_image)
DEFINE_BOX_CACHE(exec_image, struct exec_image);

guarded(process_tree) process_tree;
struct process *init_process;
unsigned threads_max;

static void thread_stopped_for_good(struct task *task);
static void thread_free(struct rcu_head *head);
static void process_free(struct rcu_head *head);

/* As Linux: an eighth of memory for kernel stacks, but room for a few. */
START_TASK(process_start, needs(page_start, slab_start))
{
	struct page_stats stats;

	page_stats_get(&stats);
	threads_max = max(stats.total * PAGE_SIZE / (8 * KERNEL_STACK_SIZE), 20ul);
	threads_max = min(threads_max, (unsigned)PID_MAX / 2);
	task_ticked = process_ticked;
}

result(thread_draft) thread_new(void)
{
	RETURNS(thread_draft);
	own(thread_box, box, TRY(thread_box_new()));
	struct thread *t = at(box);

	refcount_init(&t->refs, 1);
	TRY(task_init(&t->task, current()->name, thread_stopped_for_good));
	signal_pending_init(&thread_signals_of_new(t)->pending);
	t->altstack.flags = SS_DISABLE;
	t->started = clock_now();
	return OK(thread_draft, handle_from(thread_draft, unbox(box)));
}

/* A draft holds what clone has put into it so far; arch_task_fini takes one that arch_task_init_fork never saw. */
void thread_discard(struct thread *t)
{
	arch_task_fini(&t->task);
	task_discard(&t->task);
	thread_leave(t);
	thread_free(&t->rcu);
}

/* Lets go of what the thread uses; the task itself, or the maker of a draft. */
void thread_leave(struct thread *t)
{
	if (t->task.files)
		end_raw(fd_table_ref, t->task.files);
	if (t->task.fs)
		end_raw(fs_context_ref, t->task.fs);
	if (t->task.vm)
		end_raw(vm_space_ref, t->task.vm);
	t->task.files = NULL;
	t->task.fs = NULL;
	t->task.vm = NULL;
	t->task.space = NULL;
}

handles_are_counted(thread_draft, struct thread, refs);
handles_are_counted(thread_ref, struct thread, refs);

void thread_release(struct thread *t)
{
	if (refcount_dec(&t->refs))
		rcu_free(&t->rcu, thread_free);
}

result(process_ref) process_new(void)
{
	RETURNS(process_ref);
	own(process_box, box, TRY(process_box_new()));
	struct process *p = at(box);
	struct process_signals *s = peek(&p->signals);

	refcount_init(&p->refs, 1);
	child_list_init(&family_of_new(p)->children);
	thread_list_init(&s->threads);
	signal_pending_init(&s->pending);
	waitq_init(&p->child_wait);
	waitq_init(&p->exit_wait);
	itimers_init(p);
	p->started = clock_now();
	p->dumpable = true;
	return OK(process_ref, handle_from(process_ref, unbox(box)));
}

handles_are_counted(process_ref, struct process, refs);

void process_release(struct process *p)
{
	if (refcount_dec(&p->refs))
		rcu_free(&p->rcu, process_free);
}

handles_are_counted(exec_image_ref, struct exec_image, refs);

void exec_image_release(struct exec_image *i)
{
	if (!refcount_dec(&i->refs))
		return;
	if (!is_none(i->file)) {
		inode_allow_write(at(i->file)->inode);
		drop(file_ref, i->file);
	}
	exec_image_box_free(i);
}

result(exec_image_ref) exec_image_new(void)
{
	RETURNS(exec_image_ref);
	own(exec_image_box, box, TRY(exec_image_box_new()));

	refcount_init(&at(box)->refs, 1);
	return OK(exec_image_ref, handle_from(exec_image_ref, unbox(box)));
}

/* Finding. --------------------------------------------------------------------------------------------------------- */

process_ref process_find(pid_nr_t nr)
{
	own(pid_ref, pid, pid_find(nr));

	return is_none(pid) ? none(process_ref) : process_of_pid(at(pid));
}

process_ref process_of_pid(struct pid *pid)
{
	hold_rcu(r);
	struct process *p = rcu_load(pid->process);

	if (!p || !refcount_inc_not_zero(&p->refs))
		return none(process_ref);
	return handle_from(process_ref, p);
}

thread_ref thread_find(pid_nr_t nr)
{
	own(pid_ref, pid, pid_find(nr));

	return is_none(pid) ? none(thread_ref) : thread_of_pid(at(pid));
}

thread_ref thread_of_pid(struct pid *pid)
{
	hold_rcu(r);
	struct thread *t = rcu_load(pid->thread);

	if (!t || !refcount_inc_not_zero(&t->refs))
		return none(thread_ref);
	return handle_from(thread_ref, t);
}

thread_ref process_leader(struct process *p)
{
	hold_rcu(r);
	struct thread *t = rcu_load(p->leader);

	if (!t || !refcount_inc_not_zero(&t->refs))
		return none(thread_ref);
	return handle_from(thread_ref, t);
}

process_ref process_next(pid_nr_t nr)
{
	for (;;) {
		own(pid_ref, pid, pid_next(nr));
		if (is_none(pid))
			return none(process_ref);
		own(process_ref, p, process_of_pid(at(pid)));
		if (!is_none(p))
			return give(p);
		nr.nr = at(pid)->nr.nr + 1;
	}
}

thread_ref process_thread_next(struct process *p, pid_nr_t nr)
{
	struct thread *best = NULL;
	hold(process_signals, s, &p->signals);

	list_each(thread, t, &in(s)->threads)
		if (t->pid->nr.nr >= nr.nr && (!best || t->pid->nr.nr < best->pid->nr.nr))
			best = t;
	return best ? thread_share_ref(best) : none(thread_ref);
}

pid_nr_t process_parent_nr(struct process *p)
{
	hold_rcu(r);
	struct process *parent = rcu_load(family_peek(p)->parent);

	return parent ? parent->pid->nr : (pid_nr_t){ 0 };
}

pid_nr_t process_group_nr(struct process *p)
{
	hold_rcu(r);
	struct pid *group = rcu_load(family_peek(p)->group);

	return group ? group->nr : (pid_nr_t){ 0 };
}

pid_nr_t process_session_nr(struct process *p)
{
	hold_rcu(r);
	struct pid *session = rcu_load(family_peek(p)->session);

	return session ? session->nr : (pid_nr_t){ 0 };
}

bool process_is_dead(struct process *p) { return read_once(family_peek(p)->dead); }

unsigned process_thread_count(struct process *p) { return read_once(peek(&p->signals)->thread_count); }

/* What a thread uses, for others. ---------------------------------------------------------------------------------- */

vm_space_ref thread_space(struct thread *t)
{
	hold(thread_share, k, &t->share);
	return t->task.vm ? vm_space_share(t->task.vm) : none(vm_space_ref);
}

fd_table_ref thread_files(struct thread *t)
{
	hold(thread_share, k, &t->share);
	return t->task.files ? fd_table_share(t->task.files) : none(fd_table_ref);
}

fs_context_ref thread_fs(struct thread *t)
{
	hold(thread_share, k, &t->share);
	return t->task.fs ? fs_context_share(t->task.fs) : none(fs_context_ref);
}

cred_ref thread_cred(struct thread *t)
{
	for (;;) {
		hold_rcu(r);
		const struct cred *c = rcu_load(t->task.cred);
		if (cred_try_share(c))
			return handle_from(cred_ref, c);
	}
}

file_ref process_image(struct process *p)
{
	hold(process_signals, s, &p->signals);
	return p->image && !is_none(p->image->file) ? file_share(at(p->image->file)) : none(file_ref);
}

/* Ends. ------------------------------------------------------------------------------------------------------------ */

/* The scheduler has left the thread's stack for the last time. */
static void thread_stopped_for_good(struct task *task)
{
	struct thread *t = thread_of_task(task);

	arch_task_fini(task);
	end_raw(thread_ref, t);
}

EMBEDDED(thread, rcu_head, rcu)

static void thread_free(struct rcu_head *head)
{
	struct thread *t = thread_of_rcu_head(head);

	if (t->task.cred)
		end_raw(cred_ref, t->task.cred);
	if (t->pid)
		end_raw(pid_ref, t->pid);
	if (t->process)
		end_raw(process_ref, t->process);
	thread_box_free(t);
}

EMBEDDED(process, rcu_head, rcu)

static void process_free(struct rcu_head *head)
{
	struct process *p = process_of_rcu_head(head);

	unshared(process_signals_role);
	if (p->actions)
		end_raw(signal_actions_ref, p->actions);
	if (p->pid)
		end_raw(pid_ref, p->pid);
	process_box_free(p);
}
