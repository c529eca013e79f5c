/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of pending signals. A set has a bit for each signal and, in order of arrival, a record with its siginfo; a signal
 * whose record could not be made (RLIMIT_SIGPENDING, memory) is pending by its bit alone. All under the signal lock of
 * the process that the set belongs to. signal(7), "Queueing and delivery semantics".
 */
#include <murre/slab.h>
#include <murre/string.h>
#include "proc.h"

struct queued_signal {
	struct list_node link;
	struct user_account *account;		/* counted */
	struct signal_info info;
};
DEFINE_LIST_FUNCTIONS(queued_signal, struct queued_signal, link)
DEFINE_BOX(queued_signal, struct queued_signal)
DEFINE_BOX_CACHE(queued_signal, struct queued_signal);

static void queued_signal_free(struct queued_signal *q);
static int signal_pick(uint64_t set);

void signal_pending_init(struct signal_pending *p)
{
	p->set = 0;
	list_init_raw(&p->queue.head);
}

bool signal_queue_put(struct signal_pending *p, const struct signal_info *i, struct user_account *a,
		      bool over_limit, uint64_t limit)
{
	int count = __atomic_add_fetch(&a->queued_signals, 1, __ATOMIC_RELAXED);
	struct queued_signal *q = NULL;

	if (over_limit || (uint64_t)count <= limit)
		q = slab_take(&queued_signal_cache);
	if (unlikely(!q)) {
		__atomic_sub_fetch(&a->queued_signals, 1, __ATOMIC_RELAXED);
		return false;
	}
	p->set |= signal_bit(i->signo);
	q->account = into_raw(user_account_share(a));
	q->info = *i;
	queued_signal_list_push_back(&p->queue, q);
	return true;
}

int signal_queue_take(struct signal_pending *p, uint64_t mask, struct signal_info *out)
{
	uint64_t ready = p->set & mask;
	struct queued_signal *found = NULL;
	bool another = false;
	int signo;

	if (!ready)
		return 0;
	signo = signal_pick(ready);
	list_each(queued_signal, q, &p->queue) {
		if (q->info.signo != signo)
			continue;
		another = found;
		if (another)
			break;
		found = q;
	}
	if (!another)
		p->set &= ~signal_bit(signo);
	if (!found) {
		*out = (struct signal_info){ .signo = signo, .code = SI_USER };
		return signo;
	}
	*out = found->info;
	queued_signal_free(found);
	return signo;
}

struct signal_info *signal_queue_find_timer(struct signal_pending *p, const struct signal_info *i)
{
	if (!(p->set & signal_bit(i->signo)))
		return NULL;
	list_each(queued_signal, q, &p->queue)
		if (q->info.signo == i->signo && q->info.code == SI_TIMER && q->info.timer.id == i->timer.id)
			return &q->info;
	return NULL;
}

void signal_pending_clear(struct signal_pending *p, uint64_t mask)
{
	if (!(p->set & mask))
		return;
	p->set &= ~mask;
	list_each_safe(queued_signal, q, &p->queue)
		if (mask & signal_bit(q->info.signo))
			queued_signal_free(q);
}

static void queued_signal_free(struct queued_signal *q)
{
	queued_signal_list_remove(q);
	__atomic_sub_fetch(&q->account->queued_signals, 1, __ATOMIC_RELAXED);
	end_raw(user_account_ref, q->account);
	slab_put(&queued_signal_cache, q);
}

/* Faults first, because their handlers look at the registers as they are; then the lowest number. */
static int signal_pick(uint64_t set)
{
	const uint64_t faults = 1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) |
				1ull << (SIGTRAP - 1) | 1ull << (SIGFPE - 1) | 1ull << (SIGSYS - 1);

	if (set & faults)
		set &= faults;
	return __builtin_ctzll(set) + 1;
}
