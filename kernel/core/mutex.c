/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow ways of spin locks and mutexes. A mutex is one word: its owner, and bit 0 while tasks wait for it. Waiters
 * stand in a hash table of queues by the mutex's address, so that a mutex needs no more room than its word.
 *
 * (1) A waiter sets bit 0 and enters the queue under the bucket's lock, and only while the mutex is owned.
 * (2) An owner who finds bit 0 releases under the same lock: it sets the word to 0, or to bit 0 alone while others of
 *     this mutex stay in the queue, and wakes the first. So no waiter is left behind.
 * (3) A woken waiter competes again; bit 0 alone is free for the taking.
 */
#include <murre/lock.h>
#include <murre/task.h>

enum { BUCKETS = 64, WAITED = 1 };

struct mutex_waiter {
	struct list_node link;
	struct mutex *mutex;
	struct task *task;
	bool woken;
};
DEFINE_LIST(mutex_waiter, struct mutex_waiter, link)
DEFINE_GUARDED_IRQ(mutex_bucket, struct mutex_waiter_list, RANK_WAITQ)
static guarded(mutex_bucket) buckets[BUCKETS];

void spin_wait(struct spinlock *l)
{
	do
		arch_cpu_relax();
	while (__atomic_exchange_n((uint32_t *)l, 1, __ATOMIC_ACQUIRE));
}

static guarded(mutex_bucket) *bucket_of(const struct mutex *m)
{
	return &buckets[((uintptr_t)m >> 3) * 0x9e3779b97f4a7c15ul >> 58];
}

static struct mutex_waiter_list *waiters_in(mutex_bucket_locked k)
{
	struct mutex_waiter_list *l = in(k);

	if (!l->head.next)
		mutex_waiter_list_init(l);
	return l;
}

/* The mutex when it is free, keeping bit 0 for those who still wait. */
static bool mutex_try(struct mutex *m)
{
	uintptr_t old = read_once(m->mtx_owner_);

	return (old & ~(uintptr_t)WAITED) == 0 &&
	       __atomic_compare_exchange_n(&m->mtx_owner_, &old, (uintptr_t)current() | old, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Joins the queue unless the mutex has become free. */
static bool waiter_enter(struct mutex *m, struct mutex_waiter *w)
{
	hold(mutex_bucket, b, bucket_of(m));
	uintptr_t old = read_once(m->mtx_owner_);

	do
		if ((old & ~(uintptr_t)WAITED) == 0)
			return false;
	while (!__atomic_compare_exchange_n(&m->mtx_owner_, &old, old | WAITED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	task_set_state(TASK_UNINTERRUPTIBLE);
	mutex_waiter_list_push_back(waiters_in(b), w);
	return true;
}

void mutex_lock_slow(struct mutex *m)
{
	while (!mutex_try(m)) {
		struct mutex_waiter w = { .mutex = m, .task = current() };

		if (!waiter_enter(m, &w))
			continue;
		while (!read_once(w.woken)) {
			schedule();
			task_set_state(TASK_UNINTERRUPTIBLE);
		}
		task_set_state(TASK_RUNNING);
	}
}

void mutex_unlock_slow(struct mutex *m)
{
	hold(mutex_bucket, b, bucket_of(m));
	struct mutex_waiter *first = NULL;
	bool others = false;

	list_each(mutex_waiter, w, waiters_in(b)) {
		if (w->mutex != m)
			continue;
		others = first != NULL;
		if (others)
			break;
		first = w;
	}
	__atomic_store_n(&m->mtx_owner_, others ? WAITED : 0, __ATOMIC_RELEASE);
	if (first) {
		struct task *t = first->task;

		mutex_waiter_list_remove(first);
		write_once(first->woken, true);
		task_wake(t);
	}
}
