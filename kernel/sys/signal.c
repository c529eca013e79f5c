/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls on signals: actions, masks, waiting, alternate stacks, sending. signal(7) and the pages it names. */
#include <murre/process.h>
#include <murre/syscall.h>
#include <arch/context.h>

#define ACTION_FLAGS (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | \
		      SA_EXPOSE_TAGBITS | SA_RESTORER)

static result(unit) send_to(struct process *p, struct thread *only, struct signal_info *i);
static result(signal_info) info_read(user_in_abi_siginfo from, int signo, struct can_sleep cs);

/* Actions and masks. ----------------------------------------------------------------------------------------------- */

SYSCALL(rt_sigaction, int signo, user_in_abi_sigaction act, user_out_abi_sigaction old, size_t bytes)
{
	abi_sigaction now, before;

	if (bytes != sizeof(abi_sigset))
		return FAIL(EINVAL);
	if (!user_is_null(act)) {
		TRY(copy_in(&now, act));
		now.flags &= ACTION_FLAGS;
	}
	TRY(signal_action_change(signo, user_is_null(act) ? NULL : &now, user_is_null(old) ? NULL : &before));
	if (!user_is_null(old))
		TRY(copy_out(old, &before));
	return OK(long, 0);
}

SYSCALL(rt_sigprocmask, int how, user_in_abi_sigset set, user_out_abi_sigset old, size_t bytes)
{
	abi_sigset before = { signal_blocked() }, given;

	if (bytes != sizeof(abi_sigset))
		return FAIL(EINVAL);
	if (!user_is_null(set)) {
		TRY(copy_in(&given, set));
		switch (how) {
		case SIG_BLOCK: signal_block_set(before.bits | given.bits); break;
		case SIG_UNBLOCK: signal_block_set(before.bits & ~given.bits); break;
		case SIG_SETMASK: signal_block_set(given.bits); break;
		default: return FAIL(EINVAL);
		}
	}
	if (!user_is_null(old))
		TRY(copy_out(old, &before));
	return OK(long, 0);
}

SYSCALL(rt_sigpending, user_out_abi_sigset set, size_t bytes)
{
	uint64_t waiting = signal_pending_set() & signal_blocked();

	if (bytes > sizeof(waiting))
		return FAIL(EINVAL);
	TRY(copy_to_user(user_addr_from(user_value(set)), &waiting, bytes, cs));
	return OK(long, 0);
}

/* Waiting. --------------------------------------------------------------------------------------------------------- */

SYSCALL(rt_sigtimedwait, user_in_abi_sigset set, user_out_abi_siginfo info, user_in_timespec64 timeout, size_t bytes)
{
	nsec_t deadline = NSEC_NEVER;
	struct signal_info got;
	abi_siginfo out = {};
	abi_sigset wanted;
	timespec64 ts;
	int signo;

	if (bytes != sizeof(abi_sigset))
		return FAIL(EINVAL);
	TRY(copy_in(&wanted, set));
	if (!user_is_null(timeout)) {
		TRY(copy_in(&ts, timeout));
		deadline = nsec_add(clock_now(), TRY(nsec_from_timespec(ts)));
	}
	signo = TRY(signal_wait(wanted.bits, deadline, &got, cs));
	if (!user_is_null(info)) {
		__builtin_memcpy(&out, &got, sizeof(got));
		TRY(copy_out(info, &out));
	}
	return OK(long, signo);
}

SYSCALL(rt_sigsuspend, user_in_abi_sigset set, size_t bytes)
{
	abi_sigset blocked;

	if (bytes != sizeof(abi_sigset))
		return FAIL(EINVAL);
	TRY(copy_in(&blocked, set));
	TRY(signal_suspend(blocked.bits, cs));
	return OK(long, 0);
}

/* Alternate stacks. ------------------------------------------------------------------------------------------------ */

static bool is_on(const abi_stack *s, uintptr_t sp)
{
	return !(s->flags & (int)SS_AUTODISARM) && sp - s->base - 1 < s->bytes;
}

static abi_stack altstack_now(uintptr_t sp)
{
	abi_stack s = current_thread()->altstack;
	int mode = !s.bytes ? SS_DISABLE : is_on(&s, sp) ? SS_ONSTACK : 0;

	s.flags = mode | (s.flags & (int)SS_AUTODISARM);
	return s;
}

/* EPERM: the program runs on the one it has; EINVAL: flags; ENOMEM: smaller than a handler needs. */
static result(unit) altstack_set(abi_stack s, uintptr_t sp)
{
	RETURNS(unit);
	int mode = s.flags & ~(int)SS_AUTODISARM;

	if (is_on(&current_thread()->altstack, sp))
		return FAIL(EPERM);
	if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
		return FAIL(EINVAL);
	if (mode == SS_DISABLE)
		s.base = s.bytes = 0;
	else if (s.bytes < MINSIGSTKSZ)
		return FAIL(ENOMEM);
	s.pad = 0;
	current_thread()->altstack = s;
	return DONE;
}

SYSCALL(sigaltstack, user_in_abi_stack stack, user_out_abi_stack old)
{
	uintptr_t sp = frame_sp(arch_user_frame(current()));
	abi_stack before = altstack_now(sp), now;

	if (!user_is_null(stack)) {
		TRY(copy_in(&now, stack));
		TRY(altstack_set(now, sp));
	}
	if (!user_is_null(old))
		TRY(copy_out(old, &before));
	return OK(long, 0);
}

SYSCALL(rt_sigreturn)
{
	struct trap_frame *f = arch_user_frame(current());
	struct signal_return back;
	struct signal_info broken;

	if (error_of(arch_signal_return(f, &back, cs))) {
		broken = signal_info_kernel(SIGSEGV);
		signal_force(&broken);
		return OK(long, 0);
	}
	signal_block_set(back.mask.bits);
	/* As Linux: what the frame says of the stack is taken if it can be. */
	(void)error_of(altstack_set((abi_stack){ .base = back.altstack_base, .bytes = back.altstack_size,
						 .flags = back.altstack_flags }, frame_sp(f)));
	current_thread()->restart.resume = NULL;
	return OK(long, frame_return(f));
}

SYSCALL(restart_syscall)
{
	struct call_restart r = current_thread()->restart;

	if (!r.resume)
		return FAIL(EINTR);
	return r.resume(&r, cs);
}

/* Sending. --------------------------------------------------------------------------------------------------------- */

static result(long) kill_one(int pid, int signo)
{
	struct signal_info i = signal_info_user(signo, SI_USER);

	/* Most programs signal themselves. */
	if (pid == i.user.pid) {
		TRY(send_to(current_process(), NULL, &i));
		return OK(long, 0);
	}
	own(process_ref, p, process_find((pid_nr_t){ pid }));
	if (is_none(p))
		return FAIL(ESRCH);
	TRY(send_to(at(p), NULL, &i));
	return OK(long, 0);
}

/* Every member that may be signalled; success if there was one, EPERM if there were only others. */
static result(long) kill_group(struct pid *group, int signo)
{
	struct signal_info i = signal_info_user(signo, SI_USER);
	bool any = false;
	int err = ESRCH;
	hold(process_tree, t, &process_tree);

	list_each(group_member, p, &group->group_members) {
		err = error_of(send_to(p, NULL, &i));
		any |= !err;
	}
	return any ? OK(long, 0) : FAIL(err);
}

/* Everybody but the caller and process 1. */
static result(long) kill_all(int signo)
{
	struct signal_info i = signal_info_user(signo, SI_USER);
	int count = 0, verdict = 0;
	pid_nr_t nr = { 2 };

	for (;; nr.nr++) {
		own(process_ref, p, process_next(nr));
		if (is_none(p))
			break;
		nr = process_nr(at(p));
		if (at(p) == current_process() || process_is_dead(at(p)))
			continue;
		int err = error_of(send_to(at(p), NULL, &i));
		count++;
		if (err != EPERM)
			verdict = err;
	}
	return !count ? FAIL(ESRCH) : verdict ? FAIL(verdict) : OK(long, 0);
}

SYSCALL(kill, int pid, int signo)
{
	if (pid > 0)
		return kill_one(pid, signo);
	if (pid == 0)
		return kill_group(family_peek(current_process())->group, signo);
	if (pid == -1)
		return kill_all(signo);
	if (pid == INT32_MIN)
		return FAIL(ESRCH);
	own(pid_ref, group, pid_find((pid_nr_t){ -pid }));
	if (is_none(group))
		return signo < 0 || signo > SIGNALS_MAX ? FAIL(EINVAL) : FAIL(ESRCH);
	return kill_group(at(group), signo);
}

static result(long) kill_thread(int tgid, int tid, struct signal_info *i)
{
	struct thread *me = current_thread();

	if (tid == me->pid->nr.nr && (tgid <= 0 || tgid == process_nr(me->process).nr)) {
		TRY(send_to(me->process, me, i));
		return OK(long, 0);
	}
	own(thread_ref, t, thread_find((pid_nr_t){ tid }));
	if (is_none(t) || (tgid > 0 && process_nr(at(t)->process).nr != tgid))
		return FAIL(ESRCH);
	TRY(send_to(at(t)->process, at(t), i));
	return OK(long, 0);
}

SYSCALL(tkill, int tid, int signo)
{
	struct signal_info i = signal_info_user(signo, SI_TKILL);

	return tid <= 0 ? FAIL(EINVAL) : kill_thread(0, tid, &i);
}

SYSCALL(tgkill, int tgid, int tid, int signo)
{
	struct signal_info i = signal_info_user(signo, SI_TKILL);

	return tid <= 0 || tgid <= 0 ? FAIL(EINVAL) : kill_thread(tgid, tid, &i);
}

/* A program may pretend to be the kernel or kill(2) only towards itself. */
static bool may_pretend(const struct signal_info *i, int pid)
{
	return (i->code < 0 && i->code != SI_TKILL) || pid == process_nr(current_process()).nr;
}

SYSCALL(rt_sigqueueinfo, int pid, int signo, user_in_abi_siginfo info)
{
	struct signal_info i = TRY(info_read(info, signo, cs));

	if (!may_pretend(&i, pid))
		return FAIL(EPERM);
	own(process_ref, p, process_find((pid_nr_t){ pid }));
	if (is_none(p))
		return FAIL(ESRCH);
	TRY(send_to(at(p), NULL, &i));
	return OK(long, 0);
}

SYSCALL(rt_tgsigqueueinfo, int tgid, int tid, int signo, user_in_abi_siginfo info)
{
	struct signal_info i = TRY(info_read(info, signo, cs));

	if (tid <= 0 || tgid <= 0)
		return FAIL(EINVAL);
	if (!((i.code < 0 && i.code != SI_TKILL) || tid == current_thread()->pid->nr.nr))
		return FAIL(EPERM);
	return kill_thread(tgid, tid, &i);
}

SYSCALL(pidfd_send_signal, fd_t fd, int signo, user_in_abi_siginfo info, unsigned flags)
{
	struct signal_info i;

	if (flags)
		return FAIL(EINVAL);
	own(file_ref, f, TRY(fd_get(current_files(), fd)));
	own(process_ref, p, TRY(pidfd_process(at(f))));
	if (user_is_null(info)) {
		i = signal_info_user(signo, SI_USER);
	} else {
		i = TRY(info_read(info, 0, cs));
		if (i.signo != signo)
			return FAIL(EINVAL);
		if (!may_pretend(&i, process_nr(at(p)).nr))
			return FAIL(EPERM);
	}
	if (process_is_dead(at(p)) && read_once(family_peek(at(p))->reaped))
		return FAIL(ESRCH);
	TRY(send_to(at(p), NULL, &i));
	return OK(long, 0);
}

/* Signal 0 only asks whether it could be sent. */
static result(unit) send_to(struct process *p, struct thread *only, struct signal_info *i)
{
	RETURNS(unit);

	if (i->signo < 0 || i->signo > SIGNALS_MAX)
		return FAIL(EINVAL);
	TRY(signal_permission(p, i->signo));
	if (i->signo == 0)
		return DONE;
	return only ? signal_send_thread(only, i) : signal_send_process(p, i);
}

/* What the kernel cannot make sense of must fit what it keeps: E2BIG. */
static result(signal_info) info_read(user_in_abi_siginfo from, int signo, struct can_sleep cs)
{
	RETURNS(signal_info);
	enum { CODES_KNOWN_FROM = -7 };
	abi_siginfo all;
	struct signal_info i;

	TRY(copy_in(&all, from));
	__builtin_memcpy(&i, &all, sizeof(i));
	if (i.code < CODES_KNOWN_FROM && i.code != SI_ASYNCNL)
		for (size_t n = sizeof(i); n < sizeof(all); n++)
			if (all.bytes[n])
				return FAIL(E2BIG);
	if (signo)
		i.signo = signo;
	return OK(signal_info, i);
}
