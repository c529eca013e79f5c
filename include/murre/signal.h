/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals of processes and threads (signal(7)). What a process and its threads have pending, what they block and how far
 * they are stopped lies under one lock per process (murre/process.h); the table of handlers, which CLONE_SIGHAND shares
 * between processes, has a lock of its own inside it.
 */
#pragma once
#include <murre/abi.h>
#include <murre/base/handle.h>
#include <murre/base/list.h>
#include <murre/lock.h>
#include <murre/siginfo.h>
#include <arch/trap.h>

struct process;
struct thread;
struct cred;
struct pid;

/* Handlers. -------------------------------------------------------------------------------------------------------- */

/* Entries count only where `installed` has their bit: copying a table copies no more than that. */
struct action_table {
	uint64_t installed;
	abi_sigaction action[SIGNALS_MAX];
};
DEFINE_GUARDED_IRQ(action_table, struct action_table, RANK_SIGNAL_ACTIONS)
struct signal_actions {
	refcount_t refs;
	/* Written under the table's lock, read by senders without it. */
	uint64_t ignored guarded_by(action_table_role);		/* SIG_IGN */
	uint64_t caught guarded_by(action_table_role);		/* a handler */
	bool child_no_stop guarded_by(action_table_role), child_no_wait guarded_by(action_table_role);	/* SA_NOCLDSTOP, SA_NOCLDWAIT (or ignored) of SIGCHLD */
	guarded(action_table) table;
};
void signal_actions_release(struct signal_actions *a);
DEFINE_HANDLE(signal_actions_ref, struct signal_actions, signal_actions_release)
result(signal_actions_ref) signal_actions_copy(struct signal_actions *a);
/* Reads and changes one action of current; either pointer may be NULL. EINVAL: SIGKILL, SIGSTOP, no such signal. */
result(unit) signal_action_change(int signo, const abi_sigaction *now, abi_sigaction *before);

/* The action with a handler of a signal that is being delivered; SA_RESETHAND resets it. False: no handler. */
bool signal_action_take(struct signal_actions *a, int signo, abi_sigaction *out);
void signal_action_reset(struct signal_actions *a, int signo);
/* exec: handlers become the default, ignored signals stay ignored. */
void signal_actions_exec(struct signal_actions *a);

/* Pending signals. ------------------------------------------------------------------------------------------------- */

DECLARE_LIST(queued_signal);
struct signal_pending {
	uint64_t set;
	struct queued_signal_list queue;	/* oldest first */
};
void signal_pending_init(struct signal_pending *p);
void signal_pending_clear(struct signal_pending *p, uint64_t mask);

/* Sending. Any context; the receiver is woken if it has to look. ---------------------------------------------------- */

/* EAGAIN: a queued (sigqueue, timer) signal beyond RLIMIT_SIGPENDING. Kernel and kill(2) signals always arrive. */
result(unit) signal_send_process(struct process *p, const struct signal_info *i);
result(unit) signal_send_thread(struct thread *t, const struct signal_info *i);
/* To every member of a group; the count of processes that got it. */
unsigned signal_send_group(struct pid *group, const struct signal_info *i);
/* A fault of current: cannot be blocked or ignored (that becomes the default action), comes before all others. */
void signal_force(const struct signal_info *i);
/* Siginfo of the kernel (SI_KERNEL) and of kill(2) by current (SI_USER). */
struct signal_info signal_info_kernel(int signo);
struct signal_info signal_info_user(int signo, int code);
/* May current's credentials signal the process: kill(2). EPERM. */
result(unit) signal_permission(struct process *p, int signo);

/* Masks of current. ------------------------------------------------------------------------------------------------ */

void signal_block_set(uint64_t blocked);
uint64_t signal_blocked(void);
/* ppoll(2), pselect(2), epoll_pwait(2): blocks exactly the given set until the call ends; a NULL mask changes nothing.
 * EINVAL: mask_bytes is not 8; EFAULT. */
result(unit) signal_mask_swap(user_in_abi_sigset mask, size_t mask_bytes, struct can_sleep cs);
/* Ends it: puts the old mask back now, or, when the call was interrupted by a signal, after that signal's handler has
 * been set up. No-op without a swap. */
void signal_mask_swap_end(bool interrupted);
/* rt_sigsuspend(2), pause(2): sleeps until a signal has come; ERESTARTNOHAND always. */
result(unit) signal_suspend(uint64_t blocked, struct can_sleep cs);

/* Waits for a signal of the set and takes it out; EAGAIN at the deadline, EINTR when another came. */
result(int) signal_wait(uint64_t set, nsec_t deadline, struct signal_info *out, struct can_sleep cs);
/* Takes one signal of the mask out of what waits for current; 0: none. */
int signal_dequeue(uint64_t mask, struct signal_info *out);
uint64_t signal_pending_set(void);		/* waiting for current, blocked or not */

/* Delivery. -------------------------------------------------------------------------------------------------------- */

/* Handles what waits for current before it goes back to its program: stops, dies, or sets up a handler. */
void signal_deliver(struct trap_frame *f, struct can_sleep cs);
/* Names of the default actions. */
enum signal_default { DEFAULT_TERMINATE, DEFAULT_CORE, DEFAULT_IGNORE, DEFAULT_STOP, DEFAULT_CONTINUE };
enum signal_default signal_default(int signo);
