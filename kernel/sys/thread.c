/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that threading libraries make: futex(2), set_tid_address(2), set_robust_list(2), getcpu(2), rseq(2). */
#include <murre/futex.h>
#include <murre/process.h>
#include <murre/syscall.h>
#include <linux/futex.h>

SYSCALL(set_tid_address, user_int tid)
{
	current_thread()->clear_tid = user_value(tid);
	return OK(long, current_thread()->pid->nr.nr);
}

SYSCALL(set_robust_list, user_abi_robust_list head, size_t bytes)
{
	if (bytes != sizeof(abi_robust_list))
		return FAIL(EINVAL);
	current_thread()->robust_list = user_value(head);
	return OK(long, 0);
}

/* Another's list is where its secrets are: same user, or CAP_SYS_PTRACE. */
static bool may_look_into(struct thread *t)
{
	const struct cred *mine = current_cred();
	own(cred_ref, theirs, thread_cred(t));

	return t->process == current_process() || capable(CAP_SYS_PTRACE) ||
	       (kuid_equal(mine->fsuid, at(theirs)->euid) && kuid_equal(mine->fsuid, at(theirs)->suid) &&
		kuid_equal(mine->fsuid, at(theirs)->uid) && t->process->dumpable);
}

SYSCALL(get_robust_list, int pid, user_out_uint64_t head, user_out_uint64_t bytes)
{
	uint64_t size = sizeof(abi_robust_list), list;
	own(thread_ref, t, pid ? thread_find((pid_nr_t){ pid }) : thread_share_ref(current_thread()));

	if (is_none(t))
		return FAIL(ESRCH);
	if (!may_look_into(at(t)))
		return FAIL(EPERM);
	list = read_once(at(t)->robust_list);
	TRY(copy_out(bytes, &size));
	TRY(copy_out(head, &list));
	return OK(long, 0);
}

/* Relative for FUTEX_WAIT, absolute for the bitset form, there by either clock. */
static result(nsec_t) futex_deadline(int op, uintptr_t timeout, struct can_sleep cs)
{
	RETURNS(nsec_t);
	timespec64 ts;
	nsec_t when;

	if (!timeout)
		return OK(nsec_t, NSEC_NEVER);
	TRY(copy_in(&ts, user_from(timespec64, timeout)));
	when = TRY(nsec_from_timespec(ts));
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		return OK(nsec_t, nsec_add(clock_now(), when));
	if (op & FUTEX_CLOCK_REALTIME)
		return OK(nsec_t, nsec_sub(when, clock_realtime_offset()));
	return OK(nsec_t, when);
}

static result(long) futex_wait_call(uintptr_t word, int op, uint32_t value, uintptr_t timeout,
				    uint32_t bits, struct can_sleep cs)
{
	nsec_t deadline = TRY(futex_deadline(op, timeout, cs));

	return futex_wait(word, value, bits, op & FUTEX_PRIVATE_FLAG, deadline, cs);
}

/* Priority inheritance is not there: its operations answer ENOSYS, like unknown ones. */
SYSCALL(futex, user_uint32_t word, int op, uint32_t value, uintptr_t timeout_or_value2,
	user_uint32_t word2, uint32_t value3)
{
	uintptr_t at = user_value(word);
	bool is_private = op & FUTEX_PRIVATE_FLAG;
	int cmd = op & FUTEX_CMD_MASK;

	if (op & FUTEX_CLOCK_REALTIME && cmd != FUTEX_WAIT_BITSET)
		return FAIL(ENOSYS);
	switch (cmd) {
	case FUTEX_WAIT:
		return futex_wait_call(at, op, value, timeout_or_value2, FUTEX_BITSET_MATCH_ANY, cs);
	case FUTEX_WAIT_BITSET:
		return futex_wait_call(at, op, value, timeout_or_value2, value3, cs);
	case FUTEX_WAKE:
		return futex_wake(at, value, FUTEX_BITSET_MATCH_ANY, is_private, cs);
	case FUTEX_WAKE_BITSET:
		return futex_wake(at, value, value3, is_private, cs);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE: {
		struct futex_requeue r = {
			.word = at, .to = user_value(word2), .wake = value, .move = (int)timeout_or_value2,
			.expected = cmd == FUTEX_CMP_REQUEUE ? &value3 : NULL, .is_private = is_private,
		};
		return futex_requeue(&r, cs);
	}
	case FUTEX_WAKE_OP: {
		struct futex_wake_op w = {
			.word = at, .changed = user_value(word2), .wake = value, .wake_changed = (int)timeout_or_value2,
			.operation = value3, .is_private = is_private,
		};
		return futex_wake_op(&w, cs);
	}
	}
	return FAIL(ENOSYS);
}

SYSCALL(getcpu, user_out_uint32_t cpu, user_out_uint32_t node, user_addr unused)
{
	uint32_t id, zero = 0;
	{
		hold_preempt_off(off);
		id = arch_cpu_local()->id;
	}
	if (!user_is_null(cpu))
		TRY(copy_out(cpu, &id));
	if (!user_is_null(node))
		TRY(copy_out(node, &zero));
	return OK(long, 0);
}

/* Restartable sequences are not offered; C libraries do without them when they hear so. */
SYSCALL(rseq, user_addr area, uint32_t bytes, int flags, uint32_t signature)
{
	return FAIL(ENOSYS);
}
