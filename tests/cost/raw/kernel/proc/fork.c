/* SPDX-License-Identifier: GPL-2.0-only */
/* clone(2). */
#include "../../twin.h"
#include "kernel/proc/proc.h"
#define process_clone original_process_clone
#include <kernel/proc/fork.c>
#undef process_clone

long raw_process_clone(const struct clone_request *r) TWIN(process_clone);
struct thread *raw_thread_new(void) TWIN(thread_new);
struct pid *raw_pid_new(void) TWIN(pid_new);
struct process *raw_process_new(void) TWIN(process_new);
struct signal_actions *raw_actions_copy(struct signal_actions *a) TWIN(signal_actions_copy);
struct fd_table *raw_fd_table_copy(struct fd_table *t) TWIN(fd_table_copy);
struct fs_context *raw_fs_copy(struct fs_context *c) TWIN(fs_context_copy);
struct vm_space *raw_space_fork(struct vm_space *s) TWIN(vm_space_fork);
long raw_task_init_fork(struct task *t, const struct trap_frame *f, uintptr_t sp, bool set_tls, uintptr_t tls)
	TWIN(arch_task_init_fork);
struct file *raw_pidfd_new(struct process *p, unsigned flags) TWIN(pidfd_new);

typedef RAW_GUARD(struct process_tree, struct spinlock) raw_tree;
typedef RAW_GUARD(struct process_signals, struct spinlock) raw_signals;

/* The tree's lock is interrupt-safe. */
static always_inline irq_state raw_lock_irq(void *l)
{
	irq_state s = arch_irq_save();

	raw_spin_lock(l);
	return s;
}

static always_inline void raw_unlock_irq(void *l, irq_state s)
{
	spin_unlock_raw((struct spinlock *)l);
	arch_irq_restore(s);
	preempt_enable();
}

static long raw_flags_check(const struct clone_request *r)
{
	uint64_t f = r->flags;

	if (f & CLONE_NAMESPACES)
		return !(f & CLONE_NEWUSER) && !(f & CLONE_FS) && !capable(CAP_SYS_ADMIN) ? -EPERM : -EINVAL;
	if (f & CLONE_THREAD && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if (f & CLONE_SIGHAND && !(f & CLONE_VM))
		return -EINVAL;
	if (f & CLONE_PARENT && current_process() == init_process)
		return -EINVAL;
	if (f & CLONE_PIDFD && f & (CLONE_THREAD | CLONE_DETACHED))
		return -EINVAL;
	return 0;
}

static long raw_numbers_check(void)
{
	const struct cred *c = current_cred();

	current_thread()->too_many_processes = false;
	if ((uint64_t)read_once(c->account->threads) >= current_limit(RLIMIT_NPROC) && c->account->uid.id != 0 &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		return -EAGAIN;
	if (read_once(peek(&process_tree)->threads) >= threads_max)
		return -EAGAIN;
	return 0;
}

/* The process that t will be in, counted for t and for the caller. */
static struct process *raw_process_draft(const struct clone_request *r, struct thread *t)
{
	struct process *mine = current_process(), *p;

	if (r->flags & CLONE_THREAD) {
		refcount_inc(&mine->refs);
		t->process = mine;
		refcount_inc(&mine->refs);
		return mine;
	}
	p = raw_process_new();
	if (IS_ERROR(p))
		return p;
	if (r->flags & CLONE_SIGHAND) {
		refcount_inc(&mine->actions->refs);
		p->actions = mine->actions;
	} else {
		struct signal_actions *a = raw_actions_copy(mine->actions);

		if (IS_ERROR(a)) {
			process_release(p);
			return (struct process *)a;
		}
		p->actions = a;
	}
	if (r->flags & CLONE_CLEAR_SIGHAND)
		signal_actions_exec(p->actions);
	refcount_inc(&mine->image->refs);
	p->image = mine->image;
	refcount_inc(&t->pid->refs);
	p->pid = t->pid;
	p->limits = mine->limits;
	p->personality = mine->personality;
	p->dumpable = mine->dumpable;
	p->oom_score_adj = mine->oom_score_adj;
	p->terminal_given_up = mine->terminal_given_up;
	family_of_new(p)->exit_signal = r->exit_signal;
	refcount_inc(&p->refs);
	t->process = p;
	return p;
}

static long raw_thread_fill(struct thread *t, const struct clone_request *r)
{
	struct task *me = current();
	struct trap_frame *frame = arch_user_frame(me);
	void *p;
	long err;

	t->task.cred = into_raw(cred_share(current_cred()));
	t->task.limits = &t->process->limits;
	if (r->flags & CLONE_FILES) {
		t->task.files = into_raw(fd_table_share(me->files));
	} else {
		p = raw_fd_table_copy(me->files);
		if (IS_ERROR(p))
			return (long)p;
		t->task.files = p;
	}
	if (r->flags & CLONE_FS) {
		t->task.fs = into_raw(fs_context_share(me->fs));
	} else {
		p = raw_fs_copy(me->fs);
		if (IS_ERROR(p))
			return (long)p;
		t->task.fs = p;
	}
	if (r->flags & CLONE_VM) {
		t->task.vm = into_raw(vm_space_share(me->vm));
	} else {
		p = raw_space_fork(me->vm);
		if (IS_ERROR(p))
			return (long)p;
		t->task.vm = p;
	}
	t->task.space = &t->task.vm->arch;
	err = raw_task_init_fork(&t->task, frame, r->stack, r->flags & CLONE_SETTLS, r->tls);
	if (unlikely(err))
		return err;
	thread_inherit(t, r);
	return 0;
}

static long raw_process_publish(struct process *p, struct thread *leader, const struct clone_request *r)
{
	raw_tree *tree = (raw_tree *)(void *)&process_tree;
	raw_signals *signals = (raw_signals *)(void *)&p->signals;
	process_tree_locked token;
	void *lock = tree;
	struct process *me = current_process();
	struct process_family *f = &p->family_, *mine = &me->family_;
	irq_state irqs = raw_lock_irq(&tree->l);

	if (signal_pending()) {
		raw_unlock_irq(&tree->l, irqs);
		return -ERESTARTNOINTR;
	}
	f->parent = me;
	f->maker = current_thread()->pid->nr.nr;
	if (r->flags & CLONE_PARENT) {
		f->parent = mine->parent;
		f->maker = mine->maker;
		f->exit_signal = mine->exit_signal;
	}
	refcount_inc(&leader->refs);
	p->leader = leader;
	thread_list_push_back(&signals->data.threads, leader);
	signals->data.thread_count = 1;
	child_list_push_back(&f->parent->family_.children, p);
	/* The functions of groups and sessions are the kernel's: their token is the pointer to the lock. */
	__builtin_memcpy(&token, &lock, sizeof(lock));
	process_set_group_in(token, p, mine->group);
	process_set_session_in(token, p, mine->session);
	tree->data.threads++;
	__atomic_add_fetch(&leader->task.cred->account->threads, 1, __ATOMIC_RELAXED);
	rcu_store(p->pid->process, p);
	rcu_store(p->pid->thread, leader);
	refcount_inc(&p->refs);
	raw_unlock_irq(&tree->l, irqs);
	return 0;
}

long raw_process_clone(const struct clone_request *r)
{
	struct fd_table *files = current()->files;
	struct can_sleep cs = MAY_SLEEP;
	struct vfork_wait vfork = {};
	struct file *pidfd = NULL;
	struct process *p = NULL;
	struct thread *t;
	struct pid *pid;
	int nr, fd = -1;
	long err;

	err = raw_flags_check(r);
	if (unlikely(err))
		return err;
	err = raw_numbers_check();
	if (unlikely(err))
		return err;
	t = raw_thread_new();
	if (IS_ERROR(t))
		return (long)t;
	pid = raw_pid_new();
	if (IS_ERROR(pid)) {
		err = (long)pid;
		goto discard;
	}
	t->pid = pid;
	t->task.id = pid->nr;
	nr = pid->nr.nr;
	p = raw_process_draft(r, t);
	if (IS_ERROR(p)) {
		err = (long)p;
		goto discard;
	}
	err = raw_thread_fill(t, r);
	if (unlikely(err))
		goto put_process;
	if (r->flags & CLONE_PIDFD) {
		long taken = raw_number_take(files, 0, true);

		err = taken;
		if (unlikely(taken < 0))
			goto put_process;
		fd = (int)taken;
		pidfd = raw_pidfd_new(p, 0);
		if (IS_ERROR(pidfd)) {
			err = (long)pidfd;
			goto put_number;
		}
		err = -(long)error_of(copy_out(r->pidfd, &fd));
		if (unlikely(err))
			goto put_pidfd;
	}
	if (r->flags & CLONE_VFORK) {
		waitq_init(&vfork.queue);
		peek(&t->share)->vfork = &vfork;
		refcount_inc(&t->refs);
	}
	if (r->flags & CLONE_THREAD)
		err = -(long)error_of(thread_publish(t));
	else
		err = raw_process_publish(p, t, r);
	if (unlikely(err))
		goto put_child;
	if (fd >= 0)
		raw_number_fill(files, fd, pidfd);
	if (r->flags & CLONE_PARENT_SETTID)
		(void)error_of(copy_out(r->parent_tid, &nr));
	task_start(&t->task);
	if (r->flags & CLONE_VFORK) {
		vfork_wait_for(t, &vfork, cs);
		thread_release(t);
	}
	process_release(p);
	return nr;
put_child:
	if (r->flags & CLONE_VFORK)
		thread_release(t);
put_pidfd:
	if (pidfd)
		raw_file_put(pidfd);
put_number:
	if (fd >= 0)
		raw_number_put(files, fd);
put_process:
	process_release(p);
discard:
	thread_discard(t);
	return err;
}
