/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of signal actions. A table belongs to a process, or to several that were cloned with CLONE_SIGHAND; it is copied
 * by fork and ends with its last process. Its lock nests inside the process's signal lock. `ignored` and `caught` repeat
 * what the table says for senders, who read them without the lock. sigaction(2).
 */
#include <murre/slab.h>
#include "proc.h"

DEFINE_BOX(signal_actions, struct signal_actions)
DEFINE_BOX_CACHE(signal_actions, struct signal_actions);

enum { HANDLER_DEFAULT = 0, HANDLER_IGNORE = 1 };

static void table_copy(struct action_table *to, const struct action_table *from);
static void action_set(struct signal_actions *a, action_table_locked t, int signo, const abi_sigaction *action);
static void pending_forget(struct process *p, int signo);

/* Only installed entries are copied, and only the head is cleared: 2 KiB stay untouched in most forks. */
result(signal_actions_ref) signal_actions_copy(struct signal_actions *a)
{
	RETURNS(signal_actions_ref);
	struct signal_actions *copy = slab_take(&signal_actions_cache);

	if (!copy)
		return FAIL(ENOMEM);
	__builtin_memset(copy, 0, (char *)peek(&copy->table)->action - (char *)copy);
	refcount_init(&copy->refs, 1);
	if (a) {
		hold(action_table, t, &a->table);
		table_copy(peek(&copy->table), in(t));
		copy->ignored = a->ignored;
		copy->caught = a->caught;
		copy->child_no_stop = a->child_no_stop;
		copy->child_no_wait = a->child_no_wait;
	}
	return OK(signal_actions_ref, handle_from(signal_actions_ref, copy));
}

handles_are_counted(signal_actions_ref, struct signal_actions, refs);

void signal_actions_release(struct signal_actions *a)
{
	if (refcount_dec(&a->refs))
		slab_put(&signal_actions_cache, a);
}

result(unit) signal_action_change(int signo, const abi_sigaction *now, abi_sigaction *before)
{
	RETURNS(unit);
	struct process *p = current_process();
	uint64_t bit;

	if (!signal_valid(signo))
		return FAIL(EINVAL);
	bit = signal_bit(signo);
	if (now && (bit & SIGNALS_UNBLOCKABLE))
		return FAIL(EINVAL);
	{
		hold(action_table, t, &p->actions->table);
		if (before)
			*before = in(t)->installed & bit ? in(t)->action[signo - 1] : (abi_sigaction){};
		if (now)
			action_set(p->actions, t, signo, now);
	}
	/* A signal that is ignored from now on is not pending any more, blocked or not (POSIX 3.3.1.3). */
	if (now && (now->handler == HANDLER_IGNORE ||
		    (now->handler == HANDLER_DEFAULT && signal_default(signo) == DEFAULT_IGNORE)))
		pending_forget(p, signo);
	return DONE;
}

bool signal_action_take(struct signal_actions *a, int signo, abi_sigaction *out)
{
	uint64_t bit = signal_bit(signo);
	hold(action_table, t, &a->table);

	if (!(a->caught & bit))
		return false;
	*out = in(t)->action[signo - 1];
	if (out->flags & SA_RESETHAND) {
		in(t)->action[signo - 1].handler = HANDLER_DEFAULT;
		a->caught &= ~bit;
	}
	return true;
}

void signal_action_reset(struct signal_actions *a, int signo)
{
	uint64_t bit = signal_bit(signo);
	hold(action_table, t, &a->table);

	if (in(t)->installed & bit)
		in(t)->action[signo - 1].handler = HANDLER_DEFAULT;
	a->caught &= ~bit;
	a->ignored &= ~bit;
}

void signal_actions_exec(struct signal_actions *a)
{
	hold(action_table, t, &a->table);

	for (uint64_t left = in(t)->installed; left; left &= left - 1) {
		abi_sigaction *action = &in(t)->action[__builtin_ctzll(left)];
		*action = (abi_sigaction){ .handler = action->handler == HANDLER_IGNORE ? HANDLER_IGNORE : HANDLER_DEFAULT };
	}
	in(t)->installed &= a->ignored;
	a->caught = 0;
	a->child_no_stop = false;
	a->child_no_wait = a->ignored & signal_bit(SIGCHLD);
}

static void table_copy(struct action_table *to, const struct action_table *from)
{
	to->installed = from->installed;
	for (uint64_t left = from->installed; left; left &= left - 1) {
		int i = __builtin_ctzll(left);
		to->action[i] = from->action[i];
	}
}

static void action_set(struct signal_actions *a, action_table_locked t, int signo, const abi_sigaction *action)
{
	uint64_t bit = signal_bit(signo);
	abi_sigaction *entry = &in(t)->action[signo - 1];
	uint64_t ignored = a->ignored & ~bit, caught = a->caught & ~bit;

	*entry = *action;
	entry->mask.bits &= ~SIGNALS_UNBLOCKABLE;
	in(t)->installed |= bit;
	if (action->handler == HANDLER_IGNORE)
		ignored |= bit;
	else if (action->handler != HANDLER_DEFAULT)
		caught |= bit;
	write_once(a->ignored, ignored);
	write_once(a->caught, caught);
	if (signo == SIGCHLD) {
		a->child_no_stop = action->flags & SA_NOCLDSTOP;
		a->child_no_wait = action->flags & SA_NOCLDWAIT || action->handler == HANDLER_IGNORE;
	}
}

static void pending_forget(struct process *p, int signo)
{
	hold(process_signals, s, &p->signals);

	signal_pending_clear(&in(s)->pending, signal_bit(signo));
	list_each(thread, t, &in(s)->threads)
		signal_pending_clear(&thread_signals(s, t)->pending, signal_bit(signo));
}
