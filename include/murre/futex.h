/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Futexes: waiting for a word in a program's memory to change (futex(2)). Waiters hang in a table hashed by the identity
 * of the word; nothing exists for a word that nobody waits for. word: its user address, aligned to 4 (EINVAL); EFAULT
 * when it cannot be read. is_private: only this address space uses it.
 */
#pragma once
#include <murre/lock.h>
#include <murre/time.h>

/* Sleeps while the word is `value` and nobody wakes it with a common bit. EAGAIN: it is not; ETIMEDOUT: at the deadline;
 * ERESTARTSYS, ERESTART_RESTARTBLOCK: a signal. EINVAL: no bits. */
result(long) futex_wait(uintptr_t word, uint32_t value, uint32_t bits, bool is_private,
			nsec_t deadline, struct can_sleep cs);
/* Wakes up to count waiters that have a common bit; how many. */
result(long) futex_wake(uintptr_t word, int count, uint32_t bits, bool is_private, struct can_sleep cs);
/* Wakes up to `wake` waiters and moves up to `move` to the other word; how many in all. With `expected`: EAGAIN when the
 * word has another value. */
struct futex_requeue {
	uintptr_t word, to;
	int wake, move;
	const uint32_t *expected;
	bool is_private;
};
result(long) futex_requeue(const struct futex_requeue *r, struct can_sleep cs);
/* FUTEX_WAKE_OP: changes the second word, wakes waiters of the first, and of the second if its old value compares.
 * ENOSYS: an operation or comparison that does not exist. */
struct futex_wake_op {
	uintptr_t word, changed;
	int wake, wake_changed;
	uint32_t operation;
	bool is_private;
};
result(long) futex_wake_op(const struct futex_wake_op *w, struct can_sleep cs);
