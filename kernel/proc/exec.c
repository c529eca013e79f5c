/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * execve: everything that may fail happens first and in private: strings are copied, files are read and checked, the new
 * space is made and filled, credentials are drafted. Then the other threads end, and the commit, which cannot fail,
 * swaps the old program for the new one. execve(2).
 */
#include <murre/path.h>
#include <murre/string.h>
#include <murre/text.h>
#include <murre/usercopy.h>
#include <linux/personality.h>
#include "exec.h"

/* What a program with more rights than its caller must not inherit (personality(2)). */
#ifndef PER_CLEAR_ON_SETID
#define PER_CLEAR_ON_SETID (READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO)
#endif

static void exec_end(struct exec *e);
DEFINE_BOX(exec, struct exec)
DEFINE_BOX_CACHE(exec, struct exec);
DEFINE_HANDLE(exec_draft, struct exec, exec_end)

static result(exec_draft) exec_new(void);
static result(unit) exec_prepare(struct exec *e, fd_t dir, const char *path, int flags, struct can_sleep cs);
static result(unit) other_threads_end(struct process *p, struct can_sleep cs);
static void leader_become(struct process *p, struct thread *t);
static void exec_commit(struct exec *e, struct can_sleep cs);
static void files_swap(struct thread *t, fd_table_ref files);
static void space_swap(struct thread *t, struct exec *e);
static void image_swap(struct process *p, struct exec *e);
static void signals_reset(struct process *p, struct thread *t, struct exec *e);
static result(bytes_box) fd_path_text(fd_t dir, const char *path);

result(unit) process_exec(fd_t dir, const char *path, user_in_abi_pointer argv, user_in_abi_pointer envp,
			  int flags, struct can_sleep cs)
{
	RETURNS(unit);
	struct thread *t = current_thread();

	if (t->too_many_processes && (uint64_t)read_once(current_cred()->account->threads) > current_limit(RLIMIT_NPROC))
		return FAIL(EAGAIN);
	t->too_many_processes = false;
	own(exec_draft, draft, TRY(exec_new()));
	struct exec *e = at(draft);
	bool closes = false;
	own(bytes_box, name, none(bytes_box));

	e->file_name = path;
	if (dir.nr != AT_FDCWD && path[0] != '/') {
		name = TRY(fd_path_text(dir, path));
		e->file_name = at(name);
		closes = value_or(fd_get_flags(current_files(), dir), 0) & FD_CLOEXEC;
	}
	e->path_now = e->file_name;
	e->path_closes = closes;
	TRY(exec_args_read(&e->args, argv, envp, cs));
	TRY(exec_prepare(e, dir, path, flags, cs));
	TRY(other_threads_end(t->process, cs));
	exec_commit(e, cs);
	return DONE;
}

result(unit) process_exec_first(const char *path, const char *const *argv, const char *const *envp,
				struct can_sleep cs)
{
	RETURNS(unit);
	own(exec_draft, draft, TRY(exec_new()));
	struct exec *e = at(draft);

	e->file_name = e->path_now = path;
	TRY(exec_args_make(&e->args, argv, envp));
	TRY(exec_prepare(e, (fd_t){ AT_FDCWD }, path, 0, cs));
	exec_commit(e, cs);
	return DONE;
}

static result(exec_draft) exec_new(void)
{
	RETURNS(exec_draft);
	own(exec_box, box, TRY(exec_box_new()));

	put_in(at(box)->image, TRY(exec_image_new()));
	return OK(exec_draft, handle_from(exec_draft, unbox(box)));
}

/* Whatever exec has not moved into the process goes. */
static void exec_end(struct exec *e)
{
	bool denied = !is_none(e->program.file) && !is_none(e->image) && is_none(at(e->image)->file);

	if (denied)
		inode_allow_write(at(e->program.file)->inode);
	exec_program_end(&e->program);
	exec_program_end(&e->interpreter);
	exec_args_end(&e->args);
	if (!is_none(e->image))
		drop(exec_image_ref, e->image);
	if (!is_none(e->space))
		drop(vm_space_ref, e->space);
	if (!is_none(e->cred))
		drop(cred_draft, e->cred);
	if (!is_none(e->files))
		drop(fd_table_ref, e->files);
	if (!is_none(e->actions))
		drop(signal_actions_ref, e->actions);
	exec_box_free(e);
}

static result(unit) exec_prepare(struct exec *e, fd_t dir, const char *path, int flags, struct can_sleep cs)
{
	RETURNS(unit);
	struct process *p = current_process();

	TRY(exec_file_find(e, dir, path, flags, cs));
	TRY(exec_cred_make(e));
	TRY(exec_space_make(e, cs));
	e->args.argc_final = e->args.argc - e->args.dropped + e->args.prefix_count;
	TRY(exec_stack_make(e, cs));
	if (fd_table_is_shared(current_files()))
		put_in(e->files, TRY(fd_table_copy(current_files(), cs)));
	if (refcount_read(&p->actions->refs) > 1)
		put_in(e->actions, TRY(signal_actions_copy(p->actions)));
	return DONE;
}

/* EAGAIN: another thread has begun to end or replace the process. Afterwards the caller is alone and the leader. */
static result(unit) other_threads_end(struct process *p, struct can_sleep cs)
{
	RETURNS(unit);
	struct thread *me = current_thread();
	{
		hold(process_signals, s, &p->signals);
		if (in(s)->exiting)
			return FAIL(EAGAIN);
		if (in(s)->thread_count == 1 && p->leader == me)
			return DONE;
		in(s)->exiting = true;
		in(s)->execing = me;
		in(s)->exit_status = SIGKILL;
		list_each(thread, t, &in(s)->threads)
			if (t != me)
				task_notify(&t->task, WORK_SIGNAL | WORK_DIE,
					    1 << TASK_INTERRUPTIBLE | 1 << TASK_KILLABLE | 1 << TASK_STOPPED);
	}
	for (;;) {
		task_set_state(TASK_UNINTERRUPTIBLE);
		if (process_thread_count(p) == 1)
			break;
		schedule();
	}
	task_set_state(TASK_RUNNING);
	if (p->leader != me)
		leader_become(p, me);
	{
		hold(process_signals, s, &p->signals);
		in(s)->exiting = false;
		in(s)->execing = NULL;
	}
	return DONE;
}

/* The survivor takes the process's number; the old leader, long departed, leaves with the other one. */
static void leader_become(struct process *p, struct thread *t)
{
	struct thread *old;
	{
		hold(process_tree, tree, &process_tree);
		int before = t->pid->nr.nr;
		struct pid *spare = t->pid;
		old = p->leader;
		t->pid = old->pid;
		old->pid = spare;
		t->task.id = t->pid->nr;
		rcu_store(t->pid->thread, t);
		rcu_store(spare->thread, NULL);
		rcu_store(p->leader, into_raw(thread_share_ref(t)));
		list_each(child, c, &family(tree, p)->children)
			if (family(tree, c)->maker == before)
				family(tree, c)->maker = t->pid->nr.nr;
	}
	end_raw(thread_ref, old);
}

/* Cannot fail. */
static void exec_commit(struct exec *e, struct can_sleep cs)
{
	struct thread *t = current_thread();
	struct process *p = t->process;
	const char *base = strrchr(e->file_name, '/');

	posix_timers_end(p);
	thread_leave_space(t, false, cs);
	if (!is_none(e->files))
		files_swap(t, give(e->files));
	fd_table_close_on_exec(current_files(), cs);
	space_swap(t, e);
	vfork_done(t);
	image_swap(p, e);
	if (!is_none(e->cred))
		cred_publish(give(e->cred));
	p->dumpable = !e->secure;
	if (e->secure) {
		p->personality &= ~PER_CLEAR_ON_SETID;
		t->death_signal = 0;
	}
	string_copy(t->task.name, sizeof(t->task.name), base ? base + 1 : e->file_name);
	t->robust_list = t->clear_tid = t->set_tid = 0;
	t->restart.resume = NULL;
	{
		hold(process_tree, tree, &process_tree);
		family(tree, p)->has_execed = true;
		family(tree, p)->exit_signal = SIGCHLD;
	}
	signals_reset(p, t, e);
	arch_exec_start(arch_user_frame(&t->task), e->entry, e->sp);
}

static void files_swap(struct thread *t, fd_table_ref files)
{
	own(fd_table_ref, mine, give(files));
	struct fd_table *old = t->task.files;
	{
		hold(thread_share, k, &t->share);
		t->task.files = into_raw(give(mine));
	}
	end_raw(fd_table_ref, old);
}

static void space_swap(struct thread *t, struct exec *e)
{
	struct vm_space *old = t->task.vm, *now = at(e->space);
	struct vm_layout *l = peek(&now->layout);

	l->stack_top = e->stack_top;
	l->arg_start = e->arg_start;
	l->arg_end = e->arg_end;
	l->env_start = e->env_start;
	l->env_end = e->env_end;
	__builtin_memcpy(l->auxv, e->auxv, sizeof(e->auxv));
	{
		hold(thread_share, k, &t->share);
		t->task.vm = into_raw(give(e->space));
	}
	{
		hold_preempt_off(off);
		t->task.space = &now->arch;
		arch_space_switch(&now->arch);
	}
	if (!old)
		return;
	t->faults.peak_resident = max(t->faults.peak_resident, max(read_once(old->peak_resident), vm_space_resident(old)));
	end_raw(vm_space_ref, old);
}

static void image_swap(struct process *p, struct exec *e)
{
	struct exec_image *old;
	{
		hold(process_signals, s, &p->signals);
		old = p->image;
		p->image = into_raw(give(e->image));
	}
	if (old)
		end_raw(exec_image_ref, old);
}

static void signals_reset(struct process *p, struct thread *t, struct exec *e)
{
	if (!is_none(e->actions)) {
		struct signal_actions *old = p->actions;
		p->actions = into_raw(give(e->actions));
		end_raw(signal_actions_ref, old);
	}
	signal_actions_exec(p->actions);
	t->altstack = (abi_stack){ .flags = SS_DISABLE };
	hold(process_signals, s, &p->signals);
	signal_recheck(s);
}

/* How a file that was given by descriptor is called: /dev/fd/N, or /dev/fd/N/path below a directory. */
static result(bytes_box) fd_path_text(fd_t dir, const char *path)
{
	RETURNS(bytes_box);
	size_t room = strlen(path) + 32;
	own(bytes_box, b, TRY(bytes_box_new(room)));

	text_format(at(b), room, "/dev/fd/%d%s%s", dir.nr, path[0] ? "/" : "", path);
	return OK(bytes_box, give(b));
}
