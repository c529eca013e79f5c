/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prctl(2): small knobs of the calling thread and process, one row each. What this kernel does not have (seccomp, THP,
 * machine checks, other architectures' switches) answers EINVAL, as from a kernel built without it.
 */
#include <murre/process.h>
#include <murre/string.h>
#include <murre/syscall.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

struct prctl_args { unsigned long a2, a3, a4, a5; };

static result(long) put_int(unsigned long to, int value, struct can_sleep cs)
{
	TRY(copy_out(user_from(int, to), &value));
	return OK(long, 0);
}

static result(long) name_set(const struct prctl_args *a, struct can_sleep cs)
{
	char name[TASK_NAME_MAX] = {};
	attempt(length, err, copy_string_from_user(name, sizeof(name), user_from(char, a->a2), cs));

	if (err && err != ENAMETOOLONG)
		return FAIL(err);
	name[sizeof(name) - 1] = '\0';
	string_copy(current()->name, sizeof(current()->name), name);
	return OK(long, 0);
}

static result(long) name_get(const struct prctl_args *a, struct can_sleep cs)
{
	char name[TASK_NAME_MAX] = {};

	string_copy(name, sizeof(name), current()->name);
	TRY(copy_to_user(user_addr_from(a->a2), name, sizeof(name), cs));
	return OK(long, 0);
}

static result(long) death_signal_set(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 > SIGNALS_MAX)
		return FAIL(EINVAL);
	current_thread()->death_signal = a->a2;
	return OK(long, 0);
}

static result(long) death_signal_get(const struct prctl_args *a, struct can_sleep cs)
{
	return put_int(a->a2, current_thread()->death_signal, cs);
}

static result(long) dumpable_get(const struct prctl_args *a, struct can_sleep cs)
{
	return OK(long, current_process()->dumpable);
}

static result(long) dumpable_set(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 > 1)
		return FAIL(EINVAL);
	current_process()->dumpable = a->a2;
	return OK(long, 0);
}

static result(long) timing_get(const struct prctl_args *a, struct can_sleep cs)
{
	return OK(long, PR_TIMING_STATISTICAL);
}

static result(long) timing_set(const struct prctl_args *a, struct can_sleep cs)
{
	return a->a2 == PR_TIMING_STATISTICAL ? OK(long, 0) : FAIL(EINVAL);
}

static result(long) slack_get(const struct prctl_args *a, struct can_sleep cs)
{
	return OK(long, current_thread()->timer_slack.ns);
}

/* Timers here never fire late on purpose, so the value is only remembered. */
static result(long) slack_set(const struct prctl_args *a, struct can_sleep cs)
{
	struct thread *t = current_thread();

	t->timer_slack = (long)a->a2 > 0 ? nsec(a->a2) : t->timer_slack_default;
	return OK(long, 0);
}

static result(long) subreaper_set(const struct prctl_args *a, struct can_sleep cs)
{
	current_process()->subreaper = a->a2;
	return OK(long, 0);
}

static result(long) subreaper_get(const struct prctl_args *a, struct can_sleep cs)
{
	return put_int(a->a2, current_process()->subreaper, cs);
}

static result(long) tid_address_get(const struct prctl_args *a, struct can_sleep cs)
{
	uint64_t address = current_thread()->clear_tid;

	TRY(copy_out(user_from(uint64_t, a->a2), &address));
	return OK(long, 0);
}

/* Privileges. ------------------------------------------------------------------------------------------------------ */

static result(long) no_new_privs_set(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 != 1 || a->a3 || a->a4 || a->a5)
		return FAIL(EINVAL);
	if (!current_cred()->no_new_privs) {
		own(cred_draft, c, TRY(cred_draft_new()));
		at(c)->no_new_privs = true;
		cred_publish(give(c));
	}
	return OK(long, 0);
}

static result(long) no_new_privs_get(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 || a->a3 || a->a4 || a->a5)
		return FAIL(EINVAL);
	return OK(long, current_cred()->no_new_privs);
}

static result(long) keep_caps_get(const struct prctl_args *a, struct can_sleep cs)
{
	return OK(long, !!(current_cred()->securebits & issecure_mask(SECURE_KEEP_CAPS)));
}

static result(long) keep_caps_set(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 > 1)
		return FAIL(EINVAL);
	if (current_cred()->securebits & issecure_mask(SECURE_KEEP_CAPS_LOCKED))
		return FAIL(EPERM);
	own(cred_draft, c, TRY(cred_draft_new()));
	at(c)->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	if (a->a2)
		at(c)->securebits |= issecure_mask(SECURE_KEEP_CAPS);
	cred_publish(give(c));
	return OK(long, 0);
}

static result(long) bounding_read(const struct prctl_args *a, struct can_sleep cs)
{
	if (a->a2 > CAP_LAST_CAP)
		return FAIL(EINVAL);
	return OK(long, current_cred()->cap_bounding >> a->a2 & 1);
}

static result(long) bounding_drop(const struct prctl_args *a, struct can_sleep cs)
{
	if (!capable(CAP_SETPCAP))
		return FAIL(EPERM);
	if (a->a2 > CAP_LAST_CAP)
		return FAIL(EINVAL);
	own(cred_draft, c, TRY(cred_draft_new()));
	at(c)->cap_bounding &= ~(1ull << a->a2);
	cred_publish(give(c));
	return OK(long, 0);
}

static result(long) securebits_get(const struct prctl_args *a, struct can_sleep cs)
{
	return OK(long, current_cred()->securebits);
}

/* Locked bits stay, locks stay, and only those who may set capabilities at all may ask. */
static result(long) securebits_set(const struct prctl_args *a, struct can_sleep cs)
{
	const unsigned known = SECURE_ALL_BITS | SECURE_ALL_LOCKS;
	unsigned now = current_cred()->securebits, wanted = a->a2;

	if (((now & SECURE_ALL_LOCKS) >> 1 & (now ^ wanted)) || (now & SECURE_ALL_LOCKS & ~wanted) ||
	    a->a2 & ~(unsigned long)known || !capable(CAP_SETPCAP))
		return FAIL(EPERM);
	own(cred_draft, c, TRY(cred_draft_new()));
	at(c)->securebits = wanted;
	cred_publish(give(c));
	return OK(long, 0);
}

static result(long) ambient_change(const struct prctl_args *a, struct can_sleep cs)
{
	const struct cred *now = current_cred();
	uint64_t bit = 1ull << (a->a3 & 63), next = 0;

	if (a->a2 == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (a->a3 || a->a4 || a->a5)
			return FAIL(EINVAL);
	} else {
		if (a->a3 > CAP_LAST_CAP || a->a4 || a->a5)
			return FAIL(EINVAL);
		switch (a->a2) {
		case PR_CAP_AMBIENT_IS_SET:
			return OK(long, !!(now->cap_ambient & bit));
		case PR_CAP_AMBIENT_RAISE:
			if (!(now->cap_permitted & now->cap_inheritable & bit) ||
			    now->securebits & issecure_mask(SECURE_NO_CAP_AMBIENT_RAISE))
				return FAIL(EPERM);
			next = now->cap_ambient | bit;
			break;
		case PR_CAP_AMBIENT_LOWER:
			next = now->cap_ambient & ~bit;
			break;
		default:
			return FAIL(EINVAL);
		}
	}
	own(cred_draft, c, TRY(cred_draft_new()));
	at(c)->cap_ambient = next;
	cred_publish(give(c));
	return OK(long, 0);
}

/* The table. ------------------------------------------------------------------------------------------------------- */

typedef result(long) (*prctl_fn)(const struct prctl_args *a, struct can_sleep cs);
static const struct { int option; prctl_fn fn; } rows[] = {
	{ PR_SET_PDEATHSIG, death_signal_set },
	{ PR_GET_PDEATHSIG, death_signal_get },
	{ PR_GET_DUMPABLE, dumpable_get },
	{ PR_SET_DUMPABLE, dumpable_set },
	{ PR_GET_KEEPCAPS, keep_caps_get },
	{ PR_SET_KEEPCAPS, keep_caps_set },
	{ PR_GET_TIMING, timing_get },
	{ PR_SET_TIMING, timing_set },
	{ PR_SET_NAME, name_set },
	{ PR_GET_NAME, name_get },
	{ PR_CAPBSET_READ, bounding_read },
	{ PR_CAPBSET_DROP, bounding_drop },
	{ PR_GET_SECUREBITS, securebits_get },
	{ PR_SET_SECUREBITS, securebits_set },
	{ PR_SET_TIMERSLACK, slack_set },
	{ PR_GET_TIMERSLACK, slack_get },
	{ PR_SET_CHILD_SUBREAPER, subreaper_set },
	{ PR_GET_CHILD_SUBREAPER, subreaper_get },
	{ PR_SET_NO_NEW_PRIVS, no_new_privs_set },
	{ PR_GET_NO_NEW_PRIVS, no_new_privs_get },
	{ PR_GET_TID_ADDRESS, tid_address_get },
	{ PR_CAP_AMBIENT, ambient_change },
};

SYSCALL(prctl, int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	struct prctl_args a = { arg2, arg3, arg4, arg5 };

	for (unsigned i = 0; i < array_size(rows); i++)
		if (rows[i].option == option)
			return rows[i].fn(&a, cs);
	return FAIL(EINVAL);
}
