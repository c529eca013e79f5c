/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug kernel's watch over locks: each task keeps a list of the locks it holds with their ranks and the places that
 * took them. A lock whose rank is not above all that are held in the same context (task or interrupt) could meet another
 * CPU that takes them the other way round: panic at the first such use, whether or not it would have hung. Waiting where
 * preemption or interrupts are off is caught the same way. Nothing of this is in the ordinary kernel.
 */
#include <arch/percpu.h>
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/task.h>
#include "core.h"

/* Queues of waiters nest where one file's readiness is another's event (epoll in epoll): the caller bounds the depth. */
static bool may_nest(enum lock_rank rank)
{
	return rank == RANK_WAITQ;
}

static const char *place_name(uintptr_t ip, size_t *offset)
{
	const char *name = symbol_find(ip, offset);

	return name ? name : "?";
}

_Noreturn static cold_path void rank_violation(const struct held_lock *held, enum lock_rank rank, const char *name, uintptr_t ip)
{
	size_t here, there;
	const char *taker = place_name(ip, &here), *holder = place_name(held->taken_at, &there);

	panic("lock order: %s (rank %d) taken in %s+%#zx while %s (rank %d), taken in %s+%#zx, is held",
	      name, rank, taker, here, held->name, held->rank, holder, there);
}

void lock_rank_acquire(const void *lock, enum lock_rank rank, const char *name)
{
	struct task *t = current();
	struct cpu_local *cpu = arch_cpu_local();
	uintptr_t ip = (uintptr_t)__builtin_return_address(0);

	if (!t || panic_in_progress())
		return;
	irq_state s = arch_irq_save();
	struct held_locks *h = &t->held;
	for (unsigned i = 0; i < h->count; i++) {
		const struct held_lock *l = &h->lock[i];

		if (l->lock == lock || (l->irq_depth == cpu->irq_depth && l->rank >= (int)rank && !(l->rank == (int)rank && may_nest(rank))))
			rank_violation(l, rank, name, ip);
	}
	if (h->count == HELD_LOCKS_MAX)
		panic("a task holds more than %d locks", HELD_LOCKS_MAX);
	h->lock[h->count++] = (struct held_lock){
		.lock = lock, .name = name, .rank = rank, .taken_at = ip, .irq_depth = cpu->irq_depth,
	};
	arch_irq_restore(s);
}

void lock_rank_release(const void *lock)
{
	struct task *t = current();

	if (!t || panic_in_progress())
		return;
	irq_state s = arch_irq_save();
	struct held_locks *h = &t->held;
	for (unsigned i = h->count; i-- > 0;) {
		if (h->lock[i].lock != lock)
			continue;
		for (h->count--; i < h->count; i++)
			h->lock[i] = h->lock[i + 1];
		arch_irq_restore(s);
		return;
	}
	panic("a lock is released that current does not hold");
}

void might_sleep_check(const char *where)
{
	uint32_t count = arch_preempt_word() & ~PREEMPT_NO_SWITCH_WANTED;

	if (panic_in_progress() || !current())
		return;
	if (count || !arch_irqs_enabled() || in_interrupt_now())
		panic("%s may sleep, but preemption is off (%u), interrupts are %s", where, count,
		      arch_irqs_enabled() ? "on" : "off");
}

void nothing_held_check(const char *what)
{
	const struct task *t = current();
	uint32_t count = arch_preempt_word() & ~PREEMPT_NO_SWITCH_WANTED;

	if (t->held.count) {
		size_t offset;
		const char *holder = place_name(t->held.lock[0].taken_at, &offset);

		panic("%s ends and holds %s, taken in %s+%#zx", what, t->held.lock[0].name, holder, offset);
	}
	if (count || !arch_irqs_enabled())
		panic("%s ends with preemption off (%u), interrupts %s", what, count, arch_irqs_enabled() ? "on" : "off");
}

void held_locks_print(const struct task *t)
{
	for (unsigned i = 0; i < t->held.count; i++) {
		const struct held_lock *l = &t->held.lock[i];
		size_t offset;
		const char *holder = place_name(l->taken_at, &offset);

		log_print(LOG_EMERG, "  holds %s (rank %d), taken in %s+%#zx", l->name, l->rank, holder, offset);
	}
}
