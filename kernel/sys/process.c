/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that make, replace, end and await processes, and tell their numbers. clone(2), execve(2), wait(2), credentials(7). */
#include <murre/path.h>
#include <murre/process.h>
#include <murre/syscall.h>
#include <linux/pidfd.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "usage.h"

/* Making. ---------------------------------------------------------------------------------------------------------- */

SYSCALL(clone, unsigned long flags, uintptr_t stack, user_int parent_tid, uintptr_t arg4, uintptr_t arg5)
{
	struct clone_request r = {
		.flags = (uint32_t)flags & ~(uint32_t)CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = stack,
		.tls = CLONE_ARG_TLS(arg4, arg5),
		.pidfd = parent_tid,
		.parent_tid = parent_tid,
		.child_tid = user_from(int, CLONE_ARG_CHILD_TID(arg4, arg5)),
	};

	/* Both would go to the same place. */
	if (r.flags & CLONE_PIDFD && r.flags & CLONE_PARENT_SETTID)
		return FAIL(EINVAL);
	return process_clone(&r, cs);
}

/* Later versions of the structure are longer; what this kernel does not know must be zero: E2BIG. */
static result(unit) clone_args_read(abi_clone_args *a, user_in_abi_clone_args from, size_t bytes,
				    struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t at = user_value(from);
	unsigned char byte;

	if (bytes > PAGE_SIZE)
		return FAIL(E2BIG);
	if (bytes < CLONE_ARGS_SIZE_VER0)
		return FAIL(EINVAL);
	*a = (abi_clone_args){};
	for (size_t n = sizeof(*a); n < bytes; n++) {
		TRY(copy_in(&byte, user_from(uint8_t, at + n)));
		if (byte)
			return FAIL(E2BIG);
	}
	return copy_from_user(a, user_addr_from(at), min(bytes, sizeof(*a)), cs);
}

SYSCALL(clone3, user_in_abi_clone_args args, size_t bytes)
{
	const uint64_t known = 0xffffffffull | CLONE_CLEAR_SIGHAND;
	abi_clone_args a;

	TRY(clone_args_read(&a, args, bytes, cs));
	if (a.set_tid_size > 32 || !a.set_tid != !a.set_tid_size)
		return FAIL(EINVAL);
	if (a.exit_signal & ~(uint64_t)CSIGNAL || a.exit_signal > SIGNALS_MAX)
		return FAIL(EINVAL);
	/* There are no control groups to be born into. */
	if (a.flags & ~known || a.flags & (CLONE_DETACHED | (CSIGNAL & ~(uint64_t)CLONE_NEWTIME)))
		return FAIL(EINVAL);
	if ((a.flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) == (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND))
		return FAIL(EINVAL);
	if (a.flags & (CLONE_THREAD | CLONE_PARENT) && a.exit_signal)
		return FAIL(EINVAL);
	if (!a.stack != !a.stack_size || (a.stack && !user_range_ok(a.stack, a.stack_size)))
		return FAIL(EINVAL);
	/* Numbers are given, not chosen: nobody here has the right to choose. */
	if (a.set_tid_size)
		return FAIL(a.set_tid_size > 1 ? EINVAL : EPERM);

	struct clone_request r = {
		.flags = a.flags,
		.exit_signal = a.exit_signal,
		.stack = a.stack + a.stack_size,
		.tls = a.tls,
		.pidfd = user_from(int, a.pidfd),
		.parent_tid = user_from(int, a.parent_tid),
		.child_tid = user_from(int, a.child_tid),
	};
	return process_clone(&r, cs);
}

SYSCALL(execve, user_cstr path, user_in_abi_pointer argv, user_in_abi_pointer envp)
{
	path_text(p, path);
	TRY(process_exec((fd_t){ AT_FDCWD }, p.text, argv, envp, 0, cs));
	return OK(long, 0);
}

SYSCALL(execveat, fd_t dir, user_cstr path, user_in_abi_pointer argv, user_in_abi_pointer envp, int flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return FAIL(EINVAL);
	if (flags & AT_EMPTY_PATH) {
		path_text_or_empty(p, path);
		TRY(process_exec(dir, p.text, argv, envp, flags, cs));
		return OK(long, 0);
	}
	path_text(p, path);
	TRY(process_exec(dir, p.text, argv, envp, flags, cs));
	return OK(long, 0);
}

/* Ending and waiting. ---------------------------------------------------------------------------------------------- */

SYSCALL(exit, int status)
{
	thread_exit((status & 0xff) << 8, cs);
}

SYSCALL(exit_group, int status)
{
	process_exit((status & 0xff) << 8, cs);
}

SYSCALL(wait4, int pid, user_out_int status, int options, user_out_abi_rusage usage)
{
	struct wait_request r = { .which = P_ALL, .options = options | WEXITED };
	struct wait_answer a;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return FAIL(EINVAL);
	if (pid == INT32_MIN)
		return FAIL(ESRCH);
	own(pid_ref, named, pid == -1 || pid == 0 ? none(pid_ref) : pid_find((pid_nr_t){ pid < 0 ? -pid : pid }));
	if (pid != -1) {
		r.which = pid > 0 ? P_PID : P_PGID;
		r.pid = pid == 0 ? family_peek(current_process())->group : at(named);
		if (!r.pid)
			return FAIL(ECHILD);
	}
	a = TRY(process_wait(&r, cs));
	if (!a.pid)
		return OK(long, 0);
	if (!user_is_null(status))
		TRY(copy_out(status, &a.status));
	if (!user_is_null(usage))
		TRY(usage_out(usage, &a.usage, cs));
	return OK(long, a.pid);
}

/* What waitid(2) fills in of siginfo_t, and nothing else of it. */
struct child_head { int signo, error, code; };
struct child_tail { int pid; unsigned uid; int status; };

static result(unit) child_info_out(user_out_abi_siginfo to, const struct wait_answer *a, struct can_sleep cs)
{
	RETURNS(unit);
	struct child_head head = { a->pid ? SIGCHLD : 0, 0, a->code };
	struct child_tail tail = { a->pid, a->uid, 0 };
	uintptr_t at = user_value(to);

	switch (a->code) {
	case CLD_EXITED: tail.status = a->status >> 8 & 0xff; break;
	case CLD_STOPPED: tail.status = a->status >> 8; break;
	case CLD_CONTINUED: tail.status = SIGCONT; break;
	default: tail.status = a->status & 0x7f; break;
	}
	TRY(copy_to_user(user_addr_from(at), &head, sizeof(head), cs));
	return copy_to_user(user_addr_from(at + offsetof(struct signal_info, child)), &tail, sizeof(tail), cs);
}

/* The children that waitid asks for; EAGAIN: a non-blocking pidfd whose process is alive. */
static result(pid_ref) wait_target(int which, int id, struct wait_request *r, bool *nonblocking)
{
	RETURNS(pid_ref);

	switch (which) {
	case P_ALL:
		return OK(pid_ref, none(pid_ref));
	case P_PID:
		return id <= 0 ? FAIL(EINVAL) : OK(pid_ref, pid_find((pid_nr_t){ id }));
	case P_PGID:
		if (id < 0)
			return FAIL(EINVAL);
		return OK(pid_ref, id ? pid_find((pid_nr_t){ id }) : pid_share(family_peek(current_process())->group));
	case P_PIDFD: {
		if (id < 0)
			return FAIL(EINVAL);
		own(file_ref, f, TRY(fd_get(current_files(), (fd_t){ id })));
		own(process_ref, p, TRY(pidfd_process(at(f))));
		*nonblocking = at(f)->flags & O_NONBLOCK;
		r->which = P_PID;
		return OK(pid_ref, pid_share(at(p)->pid));
	}
	}
	return FAIL(EINVAL);
}

static result(wait_answer) wait_id(int which, int id, int options, struct can_sleep cs)
{
	RETURNS(wait_answer);
	struct wait_request r = { .which = which, .options = options };
	bool nonblocking = false;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return FAIL(EINVAL);
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return FAIL(EINVAL);
	own(pid_ref, target, TRY(wait_target(which, id, &r, &nonblocking)));
	if (which != P_ALL && is_none(target))
		return FAIL(ECHILD);
	r.pid = at(target);
	if (nonblocking)
		r.options |= WNOHANG;
	wait_answer a = TRY(process_wait(&r, cs));
	if (!a.pid && nonblocking && !(options & WNOHANG))
		return FAIL(EAGAIN);
	return OK(wait_answer, a);
}

SYSCALL(waitid, int which, int pid, user_out_abi_siginfo info, int options, user_out_abi_rusage usage)
{
	attempt(found, err, wait_id(which, pid, options, cs));
	wait_answer a = err ? (wait_answer){} : found;

	if (!err && a.pid && !user_is_null(usage))
		TRY(usage_out(usage, &a.usage, cs));
	if (!user_is_null(info))
		TRY(child_info_out(info, &a, cs));
	return err ? FAIL(err) : OK(long, 0);
}

/* Numbers. --------------------------------------------------------------------------------------------------------- */

SYSCALL(getpid) { return OK(long, process_nr(current_process()).nr); }
SYSCALL(gettid) { return OK(long, current_thread()->pid->nr.nr); }
SYSCALL(getppid) { return OK(long, process_parent_nr(current_process()).nr); }

SYSCALL(setpgid, int pid, int pgid)
{
	TRY(process_set_group(pid, pgid));
	return OK(long, 0);
}

SYSCALL(getpgid, int pid)
{
	if (pid == 0)
		return OK(long, process_group_nr(current_process()).nr);
	own(thread_ref, t, thread_find((pid_nr_t){ pid }));
	return is_none(t) ? FAIL(ESRCH) : OK(long, process_group_nr(at(t)->process).nr);
}

SYSCALL(getsid, int pid)
{
	if (pid == 0)
		return OK(long, process_session_nr(current_process()).nr);
	own(thread_ref, t, thread_find((pid_nr_t){ pid }));
	return is_none(t) ? FAIL(ESRCH) : OK(long, process_session_nr(at(t)->process).nr);
}

SYSCALL(setsid) { return process_new_session(); }

SYSCALL(pidfd_open, int pid, unsigned flags)
{
	if (flags & ~PIDFD_NONBLOCK || pid <= 0)
		return FAIL(EINVAL);
	own(process_ref, p, process_find((pid_nr_t){ pid }));
	if (is_none(p)) {
		own(thread_ref, t, thread_find((pid_nr_t){ pid }));
		return FAIL(is_none(t) ? ESRCH : EINVAL);
	}
	return fd_publish(TRY(pidfd_new(at(p), flags & PIDFD_NONBLOCK)), true);
}
