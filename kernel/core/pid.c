/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of processes, threads, groups and sessions. A struct pid is made by clone and lives until the last handle is
 * gone, so a number that anybody still holds is not given out again. The table is written under its lock and read under
 * RCU. pid_namespaces(7) says what numbers look like; allocation goes upwards and wraps at pid_max, as fork(2) notes.
 */
#include <murre/pid.h>
#include <murre/radix.h>
#include <murre/slab.h>

enum { PID_MAX_DEFAULT = 32768, PID_RESERVED = 300 };	/* after a wrap, the numbers below stay with daemons */

DEFINE_BOX(pid, struct pid)
DEFINE_BOX_CACHE(pid, struct pid);

struct pid_numbers { int last; };
DEFINE_GUARDED_IRQ(pid_numbers, struct pid_numbers, RANK_PID)
static guarded(pid_numbers) pid_numbers;
static struct radix pid_table;			/* written under pid_numbers' lock, read under RCU */
int pid_max = PID_MAX_DEFAULT;

static result(int) pid_number_pick(pid_numbers_locked n);
static bool pid_in_use(const struct pid *p) unproved;
static pid_ref pid_take(struct pid *p);
static void pid_free(struct rcu_head *head);

result(pid_ref) pid_new(void)
{
	RETURNS(pid_ref);
	own(pid_box, box, TRY(pid_box_new()));
	struct pid *p = at(box);

	unshared(process_tree_role);
	refcount_init(&p->refs, 1);
	list_init_raw(&p->group_members.head);
	list_init_raw(&p->session_members.head);
	{
		hold(pid_numbers, n, &pid_numbers);
		p->nr.nr = TRY(pid_number_pick(n));
		TRY(radix_put(&pid_table, p->nr.nr, p));
		in(n)->last = p->nr.nr;
	}
	return OK(pid_ref, handle_from(pid_ref, unbox(box)));
}

handles_are_counted(pid_ref, struct pid, refs);

void pid_release(struct pid *p)
{
	if (!refcount_dec(&p->refs))
		return;
	{
		hold(pid_numbers, n, &pid_numbers);
		radix_take(&pid_table, p->nr.nr);
	}
	rcu_free(&p->rcu, pid_free);
}

pid_ref pid_find(pid_nr_t nr)
{
	hold_rcu(r);
	return pid_take(nr.nr > 0 ? radix_get(&pid_table, nr.nr) : NULL);
}

pid_ref pid_next(pid_nr_t nr)
{
	uint64_t index = max(nr.nr, 1);
	hold_rcu(r);

	for (struct pid *p; (p = radix_next(&pid_table, &index)); index++) {
		own(pid_ref, found, pid_take(p));
		if (!is_none(found))
			return give(found);
	}
	return none(pid_ref);
}

pid_nr_t pid_last(void)
{
	hold(pid_numbers, n, &pid_numbers);
	return (pid_nr_t){ in(n)->last };
}

/* The first free number above the last one given, then from PID_RESERVED on. */
static result(int) pid_number_pick(pid_numbers_locked n)
{
	RETURNS(int);
	uint64_t limit = read_once(pid_max);
	uint64_t nr = radix_next_hole(&pid_table, in(n)->last + 1);

	if (nr >= limit)
		nr = radix_next_hole(&pid_table, min((uint64_t)PID_RESERVED, limit));
	return nr < limit ? OK(int, (int)nr) : FAIL(EAGAIN);
}

/* A look under RCU, at worst a moment old: nothing is followed. */
static bool pid_in_use(const struct pid *p)
{
	return p->thread || p->process || !list_empty_raw(&p->group_members.head) ||
	       !list_empty_raw(&p->session_members.head);
}

static pid_ref pid_take(struct pid *p)
{
	if (!p || !pid_in_use(p) || !refcount_inc_not_zero(&p->refs))
		return none(pid_ref);
	return handle_from(pid_ref, p);
}

EMBEDDED(pid, rcu_head, rcu)

static void pid_free(struct rcu_head *head)
{
	pid_box_free(pid_of_rcu_head(head));
}
