/* SPDX-License-Identifier: GPL-2.0-only */
/* Guards: held for a scope, the data read in it, tokens handed on, references that outlive the lock. */
#include <murre/process.h>
#include <murre/wait.h>

struct counts { unsigned now, most; struct process *last; };
DEFINE_GUARDED(counts, struct counts, RANK_DEVICE)
static guarded(counts) counts;
DEFINE_GUARDED_MUTEX(slow, struct { unsigned n; }, RANK_DIRECTORY)

void changed(unsigned n)
{
	hold(counts, c, &counts);

	in(c)->now += n;
	in(c)->most = max(in(c)->most, in(c)->now);
}

unsigned early_return(unsigned n)
{
	hold(counts, c, &counts);

	if (in(c)->now < n)
		return 0;
	return in(c)->now;
}

process_ref reference_out_of_the_lock(void)
{
	hold(counts, c, &counts);

	return in(c)->last ? process_share(in(c)->last) : none(process_ref);
}

void reference_into_the_lock(process_ref given)
{
	own(process_ref, p, give(given));
	hold(counts, c, &counts);

	if (in(c)->last == at(p))
		return;
	in(c)->now++;
}

static void raise(counts_locked c, unsigned n) { in(c)->now += n; }

void token_handed_on(unsigned n)
{
	hold(counts, c, &counts);

	for (unsigned i = 0; i < n; i++)
		raise(c, i);
}

unsigned taken_again_and_again(unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		hold(counts, c, &counts);
		if (in(c)->now == i)
			continue;
		if (in(c)->now > 100)
			break;
		sum += in(c)->now;
	}
	return sum;
}

unsigned one_in_the_other(struct process *p)
{
	hold(process_tree, t, &process_tree);
	hold_also(process_signals, s, &p->signals);

	return in(s)->thread_count + in(t)->threads;
}

result(unit) let_go_before_sleeping(guarded(slow) *s, waitq *q, struct can_sleep cs)
{
	RETURNS(unit);
	unsigned n;
	{
		hold(counts, c, &counts);
		n = in(c)->now;
	}
	TRY(wait_event_interruptible(q, read_once(peek(&counts)->now) > n, cs));
	hold_mutex(slow, m, s);
	in(m)->n += n;
	return DONE;
}

int under_rcu(pid_nr_t nr)
{
	hold_rcu(reading);
	own(process_ref, p, process_find(nr));

	return is_none(p) ? 0 : refcount_read(&at(p)->refs);
}
