/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of threads and processes. A thread gives back what it uses, then departs from its process under the tree and
 * signal locks; the last one to depart ends the process: its children get a new parent, its own parent is told, and
 * what remains is a dead process until somebody has waited for it. _exit(2), wait(2), prctl(2) PR_SET_CHILD_SUBREAPER.
 */
#include <murre/handle_scan.h>
#include <murre/log.h>
#include <murre/usercopy.h>
#include <linux/eventpoll.h>
#include "proc.h"

static void departure_announce(struct thread *t);
static bool thread_depart(struct thread *t, int status);
static void children_rehome(process_tree_locked tree, struct process *p, int leaver, int heir);
static void process_die(struct process *p, struct can_sleep cs);
static void process_become_dead(struct process *p);
static void child_info_fill(struct process *p, struct signal_info *i);
static bool parent_notify_exit(process_tree_locked t, struct process *p);

enum { TICKS_PER_SEC = 100 };			/* USER_HZ of the ABI */

void process_exit(int status, struct can_sleep cs)
{
	struct process *p = current_process();
	{
		hold(process_signals, s, &p->signals);
		if (!process_exit_begin(s, p, status))
			status = in(s)->exit_status;
	}
	thread_exit(status, cs);
}

void thread_exit(int status, struct can_sleep cs)
{
	struct thread *t = current_thread();
	struct process *p = t->process;

	if (unlikely(p == init_process && process_thread_count(p) == 1))
		panic("Attempted to kill init! exitcode=0x%08x", status);
	departure_announce(t);
	thread_leave_space(t, true, cs);
	{
		struct fd_table *files = t->task.files;
		struct fs_context *fs = t->task.fs;
		{
			hold(thread_share, k, &t->share);
			t->task.files = NULL;
			t->task.fs = NULL;
		}
		end_raw(fd_table_ref, files);
		end_raw(fs_context_ref, fs);
	}
	if (thread_depart(t, status))
		process_die(p, cs);
	task_exit();
}

/* From now on the thread takes no signals; what it would have taken is for others. */
static void departure_announce(struct thread *t)
{
	bool stop_is_complete;
	{
		hold(process_signals, s, &t->process->signals);
		stop_is_complete = signal_stop_forget(s, t);
		thread_signals(s, t)->leaving = true;
		if (in(s)->thread_count > 1)
			signal_pass_on(s, t);
	}
	if (stop_is_complete)
		parent_notify_stop(t->process, true, SIGSTOP);
}

void thread_leave_space(struct thread *t, bool exiting, struct can_sleep cs)
{
	struct vm_space *vm = t->task.vm;
	int zero = 0;

	if (!vm)
		return;
	robust_list_walk(t, cs);
	if (t->clear_tid && refcount_read(&vm->refs) > 1 && !error_of(copy_out(user_from(int, t->clear_tid), &zero)))
		futex_wake_address(t->clear_tid, 1, cs);
	t->clear_tid = 0;
	if (!exiting)
		return;
	t->faults.peak_resident = max(read_once(vm->peak_resident), vm_space_resident(vm));
	{
		hold(thread_share, k, &t->share);
		t->task.vm = NULL;
	}
	{
		hold_preempt_off(off);
		t->task.space = NULL;
		arch_space_switch(NULL);
	}
	end_raw(vm_space_ref, vm);
	vfork_done(t);
}

/* True: it was the last one. */
static bool thread_depart(struct thread *t, int status)
{
	struct process *p = t->process;
	struct usage usage;
	bool last;
	int heir;
	hold(process_tree, tree, &process_tree);

	thread_usage(t, &usage);
	in(tree)->threads--;
	__atomic_sub_fetch(&t->task.cred->account->threads, 1, __ATOMIC_RELAXED);
	{
		hold(process_signals, s, &p->signals);
		struct thread *next;
		thread_list_remove(t);
		signal_pending_clear(&thread_signals(s, t)->pending, ~0ull);
		usage_add(&in(s)->dead_threads, &usage);
		if (t == p->leader)
			in(s)->leader_status = status;
		last = --in(s)->thread_count == 0;
		next = thread_list_first(&in(s)->threads);
		heir = next ? next->pid->nr.nr : 0;
		if (in(s)->execing && in(s)->thread_count == 1)
			task_wake(&in(s)->execing->task);
	}
	if (heir && !child_list_empty(&family(tree, p)->children))
		children_rehome(tree, p, t->pid->nr.nr, heir);
	if (t != p->leader)
		rcu_store(t->pid->thread, NULL);
	return last;
}

/* The children that `leaver` made count as made by another thread of the process, which may be told (PDEATHSIG). */
static void children_rehome(process_tree_locked tree, struct process *p, int leaver, int heir)
{
	list_each(child, c, &family(tree, p)->children) {
		if (family(tree, c)->maker != leaver)
			continue;
		family(tree, c)->maker = heir;
		death_signals_send(c);
	}
}

/* Signals that threads of c asked for when their maker dies. */
void death_signals_send(struct process *c)
{
	hold(process_signals, s, &c->signals);

	list_each(thread, t, &in(s)->threads) {
		int signo = read_once(t->death_signal);
		if (!signo)
			continue;
		struct signal_info i = signal_info_user(signo, SI_USER);
		(void)error_of(signal_send_locked(s, c, NULL, &i));
	}
}

/* The nearest ancestor that adopts orphans. */
static struct process *reaper_of(process_tree_locked tree, struct process *p)
{
	for (struct process *a = family(tree, p)->parent; a; a = family(tree, a)->parent)
		if (a->subreaper && !family(tree, a)->dead && process_thread_count(a))
			return a;
	return init_process;
}

static void children_give_away(process_tree_locked tree, struct process *p)
{
	struct process *reaper = reaper_of(tree, p);
	struct child_list *children = &family(tree, p)->children;
	struct process *c;

	while ((c = child_list_pop_front(children))) {
		struct process_family *f = family(tree, c);
		death_signals_send(c);
		rcu_store(f->parent, reaper);
		f->maker = reaper->pid->nr.nr;
		f->exit_signal = SIGCHLD;
		child_list_push_back(&family(tree, reaper)->children, c);
		if (f->dead) {
			if (parent_notify_exit(tree, c)) {
				own(process_ref, gone, process_reap(tree, c));
			}
		} else {
			group_orphan_check(tree, c, p);
		}
	}
}

static void process_die(struct process *p, struct can_sleep cs)
{
	struct exec_image *image;

	if (unlikely(p == init_process))
		panic("Attempted to kill init!");
	itimers_end(p);
	posix_timers_end(p);
	if (family_peek(p)->session == p->pid && session_ended)
		session_ended(p->pid, cs);
	{
		hold(process_signals, s, &p->signals);
		image = p->image;
		p->image = NULL;
		if (!in(s)->exiting)
			in(s)->exit_status = in(s)->leader_status;
		signal_pending_clear(&in(s)->pending, ~0ull);
	}
	if (image)
		end_raw(exec_image_ref, image);
	process_become_dead(p);
	handle_scan_soon();
}

static void process_become_dead(struct process *p)
{
	hold(process_tree, tree, &process_tree);
	struct process_family *f = family(tree, p);

	children_give_away(tree, p);
	group_orphan_check(tree, p, NULL);
	f->exit_status = peek(&p->signals)->exit_status;
	write_once(f->dead, true);
	wake_up_all(&p->exit_wait, EPOLLIN);
	if (parent_notify_exit(tree, p)) {
		own(process_ref, gone, process_reap(tree, p));
	}
}

/* Tells the parent of p's end. True: nobody will wait for it. */
static bool parent_notify_exit(process_tree_locked t, struct process *p)
{
	struct process_family *f = family(t, p);
	struct process *parent = f->parent;
	/* clone(2) takes numbers that are no signals; they tell nobody. */
	int signo = f->exit_signal <= SIGNALS_MAX ? f->exit_signal : 0;
	bool unwanted = false;

	if (signo == SIGCHLD) {
		unwanted = read_once(parent->actions->child_no_wait);
		if (read_once(parent->actions->ignored) & signal_bit(SIGCHLD))
			signo = 0;
	}
	if (signo) {
		struct signal_info i = { .signo = signo };
		child_info_fill(p, &i);
		i.child.status = f->exit_status & 0x7f ? f->exit_status & 0x7f : f->exit_status >> 8;
		i.code = !(f->exit_status & 0x7f) ? CLD_EXITED : f->exit_status & 0x80 ? CLD_DUMPED : CLD_KILLED;
		(void)error_of(signal_send_process(parent, &i));
	}
	wake_up_all(&parent->child_wait, EPOLLIN);
	return unwanted;
}

void parent_notify_stop(struct process *p, bool stopped, int signo)
{
	hold(process_tree, t, &process_tree);
	struct process *parent = family(t, p)->parent;

	if (!read_once(parent->actions->child_no_stop)) {
		struct signal_info i = { .signo = SIGCHLD, .code = stopped ? CLD_STOPPED : CLD_CONTINUED };
		child_info_fill(p, &i);
		i.child.status = signo;
		(void)error_of(signal_send_process(parent, &i));
	}
	wake_up_all(&parent->child_wait, EPOLLIN);
}

static void child_info_fill(struct process *p, struct signal_info *i)
{
	struct usage usage;

	process_usage(p, &usage);
	i->child.pid = p->pid->nr.nr;
	i->child.uid = p->leader->task.cred->uid.id;
	i->child.user_ticks = usage.user.ns / (NSEC_PER_SEC / TICKS_PER_SEC);
	i->child.system_ticks = usage.system.ns / (NSEC_PER_SEC / TICKS_PER_SEC);
}

process_ref process_reap(process_tree_locked t, struct process *p)
{
	struct process_family *f = family(t, p);
	struct thread *leader = p->leader;

	f->reaped = true;
	child_list_remove(p);
	process_set_group_in(t, p, NULL);
	process_set_session_in(t, p, NULL);
	rcu_store(f->parent, NULL);
	rcu_store(p->pid->process, NULL);
	rcu_store(p->pid->thread, NULL);
	rcu_store(p->leader, NULL);
	end_raw(thread_ref, leader);
	return from_raw(process_ref, p);
}
