/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Robust futexes: when a thread ends, or leaves its memory by exec, the locks on its list that it still owns are marked
 * as orphaned and one waiter of each is woken. The list lies in the program's memory and may be anything: it is followed
 * for a bounded number of steps, and a bad address ends the walk. get_robust_list(2).
 */
#include <murre/usercopy.h>
#include <linux/futex.h>
#include "proc.h"

static bool lock_orphan(uintptr_t word, int owner, bool is_pi, bool is_pending, struct can_sleep cs);

/* Bit 0 of a list pointer says that the lock is a priority-inheriting one. */
static bool is_pi(uintptr_t entry) { return entry & 1; }
static uintptr_t address_of(uintptr_t entry) { return entry & ~1ul; }
/* The lock's word, somewhere around its entry. */
static uintptr_t word_of(uintptr_t entry, const abi_robust_list *list)
{
	return user_value(user_plus(user_addr_from(address_of(entry)), list->futex_offset));
}

void robust_list_walk(struct thread *t, struct can_sleep cs)
{
	uintptr_t head = t->robust_list;
	abi_robust_list list;
	uintptr_t entry;
	int owner = t->pid->nr.nr;

	if (!head)
		return;
	t->robust_list = 0;
	if (error_of(copy_in(&list, user_from(abi_robust_list, head))))
		return;
	entry = list.list_next;
	for (unsigned steps = 0; address_of(entry) != head && steps < ROBUST_LIST_LIMIT; steps++) {
		uintptr_t next;
		bool ends = error_of(copy_in(&next, user_from(uintptr_t, address_of(entry))));
		if (entry != list.pending &&
		    !lock_orphan(word_of(entry, &list), owner, is_pi(entry), false, cs))
			return;
		if (ends)
			return;
		entry = next;
	}
	if (list.pending)
		lock_orphan(word_of(list.pending, &list), owner, is_pi(list.pending), true, cs);
}

/* False: the word cannot be reached. */
static bool lock_orphan(uintptr_t word, int owner, bool is_pi, bool is_pending, struct can_sleep cs)
{
	uint32_t value, found;

	if (word & 3 || error_of(copy_in(&value, user_from(uint32_t, word))))
		return false;
	/* The owner died between unlocking and waking: the waiters are still to be told. */
	if (is_pending && !is_pi && !value) {
		futex_wake_address(word, 1, cs);
		return true;
	}
	while ((value & FUTEX_TID_MASK) == (uint32_t)owner) {
		int failed;
		{
			hold_preempt_off(off);
			failed = arch_user_cmpxchg32(word, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &found);
		}
		if (failed && error_of(vm_fault(current_space(), word, FAULT_WRITE, cs)))
			return false;
		if (failed)
			continue;
		if (found != value) {
			value = found;
			continue;
		}
		if (!is_pi && value & FUTEX_WAITERS)
			futex_wake_address(word, 1, cs);
		break;
	}
	return true;
}
