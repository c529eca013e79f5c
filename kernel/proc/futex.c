/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Futex waiters and the table they hang in. A waiter lives on its sleeper's stack; it belongs to whoever holds the lock of
 * the bucket it is in, and is the sleeper's alone once `woken` is set, which is the last thing that a waker does to it.
 *
 * (1) The word is read under the bucket's lock: a program that changes it and then wakes finds the waiter, or the waiter
 *     finds the changed word.
 * (2) Requeueing changes a waiter's bucket with both locks held; who wants the lock of a waiter's bucket takes it, looks
 *     whether it is still the right one, and tries again if not.
 * futex(2).
 */
#include <murre/futex.h>
#include <murre/start.h>
#include <linux/futex.h>
#include "proc.h"

enum { BUCKETS = 256 };

struct futex_waiter {
	struct list_node link;
	struct task *task;
	struct futex_key key;
	uint32_t bits;
	struct futex_bucket_guarded *bucket;
	bool woken;
};
DEFINE_LIST(futex_waiter, struct futex_waiter, link)
struct futex_bucket { struct futex_waiter_list waiters; };
DEFINE_GUARDED(futex_bucket, struct futex_bucket, RANK_FUTEX)
static guarded(futex_bucket) buckets[BUCKETS];

enum queue_outcome { QUEUED, VALUE_DIFFERS, NOT_THERE };

static guarded(futex_bucket) *bucket_of(const struct futex_key *k);
static result(futex_key) key_read(uintptr_t word, bool is_private, struct can_sleep cs);
static enum queue_outcome waiter_queue(struct futex_waiter *w, uintptr_t word, uint32_t value);
static bool waiter_sleep(struct futex_waiter *w, nsec_t deadline);
static bool waiter_leave(struct futex_waiter *w);
static result(unit) word_bring(uintptr_t word, unsigned access, struct can_sleep cs);
static int bucket_wake(futex_bucket_locked b, const struct futex_key *k, int count, uint32_t bits);
static result(long) wait_resume(struct call_restart *r, struct can_sleep cs);

START_TASK(futex_start, needs(slab_start))
{
	for (unsigned i = 0; i < BUCKETS; i++)
		futex_waiter_list_init(&peek(&buckets[i])->waiters);
}

result(long) futex_wait(uintptr_t word, uint32_t value, uint32_t bits, bool is_private,
			nsec_t deadline, struct can_sleep cs)
{
	struct futex_waiter w = { .task = current(), .bits = bits };
	struct call_restart *r = &current_thread()->restart;
	enum queue_outcome outcome;
	bool timed_out;

	if (!bits)
		return FAIL(EINVAL);
	for (;;) {
		w.key = TRY(key_read(word, is_private, cs));
		outcome = waiter_queue(&w, word, value);
		if (outcome == QUEUED)
			break;
		if (outcome == VALUE_DIFFERS)
			return FAIL(EAGAIN);
		TRY(word_bring(word, FAULT_READ, cs));
	}
	timed_out = waiter_sleep(&w, deadline);
	if (!waiter_leave(&w))
		return OK(long, 0);
	if (timed_out)
		return FAIL(ETIMEDOUT);
	if (deadline.ns == NSEC_NEVER.ns)
		return FAIL(ERESTARTSYS);
	*r = (struct call_restart){ .resume = wait_resume, .deadline = deadline, .word = word, .value = value, .bits = bits,
				    .is_private = is_private };
	return FAIL(ERESTART_RESTARTBLOCK);
}

result(long) futex_wake(uintptr_t word, int count, uint32_t bits, bool is_private, struct can_sleep cs)
{
	if (!bits)
		return FAIL(EINVAL);
	struct futex_key k = TRY(key_read(word, is_private, cs));
	{
		hold(futex_bucket, b, bucket_of(&k));
		return OK(long, bucket_wake(b, &k, max(count, 1), bits));
	}
}

/* Locks of two buckets, in the order of their addresses; `b` is not taken when it is `a`. */
struct two_buckets { guarded(futex_bucket) *low, *high; };
static struct two_buckets order_two(guarded(futex_bucket) *a, guarded(futex_bucket) *b)
{
	return a < b ? (struct two_buckets){ a, b } : (struct two_buckets){ b, a };
}

static int waiters_move(futex_bucket_locked from, const struct futex_key *k, guarded(futex_bucket) *to,
			const struct futex_key *new_key, int count)
{
	struct futex_waiter_list taken;
	int moved = 0;

	/* Through a list of its own: both words may have the same bucket, or be the same. */
	futex_waiter_list_init(&taken);
	list_each_safe(futex_waiter, w, &in(from)->waiters) {
		if (moved >= count)
			break;
		if (w->key.a != k->a || w->key.b != k->b)
			continue;
		futex_waiter_list_remove(w);
		w->key = *new_key;
		write_once(w->bucket, to);
		futex_waiter_list_push_back(&taken, w);
		moved++;
	}
	futex_waiter_list_splice(&peek(to)->waiters, &taken);
	return moved;
}

static result(long) requeue_once(const struct futex_requeue *r, const struct futex_key *k1,
				 const struct futex_key *k2)
{
	struct two_buckets two = order_two(bucket_of(k1), bucket_of(k2));
	uint32_t value = 0;
	long done;
	hold(futex_bucket, low, two.low);

	if (two.low == two.high) {
		if (r->expected && arch_user_load32_nosleep(&value, r->word))
			return FAIL(EFAULT);
		if (r->expected && value != *r->expected)
			return FAIL(EAGAIN);
		done = bucket_wake(low, k1, r->wake, FUTEX_BITSET_MATCH_ANY);
		return OK(long, done + waiters_move(low, k1, two.low, k2, r->move));
	}
	hold_also_nested(futex_bucket, high, two.high);
	futex_bucket_locked *from = two.low == bucket_of(k1) ? &low : &high;
	if (r->expected && arch_user_load32_nosleep(&value, r->word))
		return FAIL(EFAULT);
	if (r->expected && value != *r->expected)
		return FAIL(EAGAIN);
	done = bucket_wake(*from, k1, r->wake, FUTEX_BITSET_MATCH_ANY);
	return OK(long, done + waiters_move(*from, k1, bucket_of(k2), k2, r->move));
}

result(long) futex_requeue(const struct futex_requeue *r, struct can_sleep cs)
{
	if (r->wake < 0 || r->move < 0)
		return FAIL(EINVAL);
	for (;;) {
		struct futex_key k1 = TRY(key_read(r->word, r->is_private, cs));
		struct futex_key k2 = TRY(key_read(r->to, r->is_private, cs));
		attempt(done, err, requeue_once(r, &k1, &k2));
		if (!err)
			return OK(long, done);
		if (err != EFAULT)
			return FAIL(err);
		TRY(word_bring(r->word, FAULT_READ, cs));
	}
}

/* Wake-op. --------------------------------------------------------------------------------------------------------- */

static int sign_extend_12(uint32_t v) { return (int)(v << 20) >> 20; }

static bool operation_known(uint32_t op)
{
	return (op >> 28 & 7) <= FUTEX_OP_XOR && (op >> 24 & 15) <= FUTEX_OP_CMP_GE;
}

static uint32_t operation_apply(uint32_t op, uint32_t old)
{
	int argument = sign_extend_12(op >> 12 & 0xfff);

	if (op >> 28 & FUTEX_OP_OPARG_SHIFT)
		argument = 1 << (argument & 31);
	switch (op >> 28 & 7) {
	case FUTEX_OP_SET: return argument;
	case FUTEX_OP_ADD: return old + argument;
	case FUTEX_OP_OR: return old | argument;
	case FUTEX_OP_ANDN: return old & ~argument;
	default: return old ^ argument;
	}
}

static bool operation_compare(uint32_t op, int old)
{
	int with = sign_extend_12(op & 0xfff);

	switch (op >> 24 & 15) {
	case FUTEX_OP_CMP_EQ: return old == with;
	case FUTEX_OP_CMP_NE: return old != with;
	case FUTEX_OP_CMP_LT: return old < with;
	case FUTEX_OP_CMP_LE: return old <= with;
	case FUTEX_OP_CMP_GT: return old > with;
	default: return old >= with;
	}
}

static bool word_change(uintptr_t word, uint32_t op, uint32_t *old)
{
	uint32_t found;

	if (arch_user_load32_nosleep(old, word))
		return false;
	for (;; *old = found) {
		if (arch_user_cmpxchg32(word, *old, operation_apply(op, *old), &found))
			return false;
		if (found == *old)
			return true;
	}
}

static result(long) wake_op_once(const struct futex_wake_op *w, const struct futex_key *k1,
				 const struct futex_key *k2)
{
	struct two_buckets two = order_two(bucket_of(k1), bucket_of(k2));
	uint32_t old;
	long woken;
	hold(futex_bucket, low, two.low);

	if (two.low == two.high) {
		if (!word_change(w->changed, w->operation, &old))
			return FAIL(EFAULT);
		woken = bucket_wake(low, k1, w->wake, FUTEX_BITSET_MATCH_ANY);
		if (operation_compare(w->operation, old))
			woken += bucket_wake(low, k2, w->wake_changed, FUTEX_BITSET_MATCH_ANY);
		return OK(long, woken);
	}
	hold_also_nested(futex_bucket, high, two.high);
	bool first_is_low = two.low == bucket_of(k1);
	if (!word_change(w->changed, w->operation, &old))
		return FAIL(EFAULT);
	woken = bucket_wake(first_is_low ? low : high, k1, w->wake, FUTEX_BITSET_MATCH_ANY);
	if (operation_compare(w->operation, old))
		woken += bucket_wake(first_is_low ? high : low, k2, w->wake_changed, FUTEX_BITSET_MATCH_ANY);
	return OK(long, woken);
}

result(long) futex_wake_op(const struct futex_wake_op *w, struct can_sleep cs)
{
	if (!operation_known(w->operation))
		return FAIL(ENOSYS);
	for (;;) {
		struct futex_key k1 = TRY(key_read(w->word, w->is_private, cs));
		struct futex_key k2 = TRY(key_read(w->changed, w->is_private, cs));
		attempt(woken, err, wake_op_once(w, &k1, &k2));
		if (!err)
			return OK(long, woken);
		TRY(word_bring(w->changed, FAULT_WRITE, cs));
	}
}

/* For the kernel itself. ------------------------------------------------------------------------------------------- */

void futex_wake_address(uintptr_t word, unsigned count, struct can_sleep cs)
{
	(void)error_of(futex_wake(word, count, FUTEX_BITSET_MATCH_ANY, false, cs));
}

static guarded(futex_bucket) *bucket_of(const struct futex_key *k)
{
	uint64_t mixed = (k->a ^ k->b * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;

	return &buckets[mixed >> 56];
}

static result(futex_key) key_read(uintptr_t word, bool is_private, struct can_sleep cs)
{
	RETURNS(futex_key);

	if (word & (sizeof(uint32_t) - 1))
		return FAIL(EINVAL);
	if (word >= USER_TOP)
		return FAIL(EFAULT);
	return vm_futex_key(current_space(), word, is_private, cs);
}

static result(unit) word_bring(uintptr_t word, unsigned access, struct can_sleep cs)
{
	return unit_result(error_of(vm_fault(current_space(), word, access, cs)) ? EFAULT : 0);
}

static enum queue_outcome waiter_queue(struct futex_waiter *w, uintptr_t word, uint32_t value)
{
	uint32_t now;
	w->bucket = bucket_of(&w->key);
	hold(futex_bucket, b, w->bucket);

	if (arch_user_load32_nosleep(&now, word))
		return NOT_THERE;
	if (now != value)
		return VALUE_DIFFERS;
	futex_waiter_list_push_back(&in(b)->waiters, w);
	return QUEUED;
}

/* True: the deadline has passed. */
static bool waiter_sleep(struct futex_waiter *w, nsec_t deadline)
{
	bool timed_out = false;

	while (!timed_out) {
		task_set_state(TASK_INTERRUPTIBLE);
		if (read_once(w->woken) || signal_pending())
			break;
		timed_out = schedule_until(deadline);
	}
	task_set_state(TASK_RUNNING);
	return timed_out;
}

/* False: a waker has been faster. */
static bool waiter_leave(struct futex_waiter *w)
{
	while (!__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE)) {
		guarded(futex_bucket) *g = read_once(w->bucket);
		hold(futex_bucket, b, g);
		if (w->bucket != g)
			continue;
		if (w->woken)
			break;
		futex_waiter_list_remove(w);
		return true;
	}
	return false;
}

/* The lock keeps preemption off, so the sleeper's task outlives the wake-up even if it ends at once (RCU). */
static int bucket_wake(futex_bucket_locked b, const struct futex_key *k, int count, uint32_t bits)
{
	int woken = 0;

	list_each_safe(futex_waiter, w, &in(b)->waiters) {
		struct task *t = w->task;
		if (woken >= count)
			break;
		if (w->key.a != k->a || w->key.b != k->b || !(w->bits & bits))
			continue;
		futex_waiter_list_remove(w);
		__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
		task_wake(t);
		woken++;
	}
	return woken;
}

static result(long) wait_resume(struct call_restart *r, struct can_sleep cs)
{
	return futex_wait(r->word, r->value, r->bits, r->is_private, r->deadline, cs);
}
