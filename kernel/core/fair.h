/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fair queue: earliest eligible virtual deadline first (Stoica, Abdel-Wahab: Earliest Eligible Virtual Deadline
 * First, 1995). All under the run queue's lock.
 */
#pragma once
#include <murre/task.h>

bool task_deadline_before(const struct task *a, const struct task *b);
void task_update_subtree(struct tree_node *n);
DEFINE_TREE_AUGMENTED(fair, struct task, queue_node, task_deadline_before, task_update_subtree)

struct fair_queue {
	struct fair_tree waiting;	/* by deadline; the running task is not in it */
	struct task *running;		/* counts below like the waiting ones */
	uint64_t base;			/* virtual time that offsets count from */
	int64_t offset_sum;		/* sum of weight * (vruntime - base) */
	uint64_t weight_sum;
	unsigned count;
};

/* A task joins at the queue's virtual time, less the lag it left with. */
void fair_join(struct fair_queue *q, struct task *t) needs_lock(run_queue_role);
void fair_leave(struct fair_queue *q, struct task *t) needs_lock(run_queue_role);
/* The waiting task to run next; NULL: none. */
struct task *fair_pick(struct fair_queue *q) needs_lock(run_queue_role);
/* t (waiting) becomes the running one; the running one goes back to waiting. */
void fair_set_running(struct fair_queue *q, struct task *t) needs_lock(run_queue_role);
void fair_put_back(struct fair_queue *q) needs_lock(run_queue_role);
/* Charges the running task; true: its slice is used up. */
bool fair_charge(struct fair_queue *q, struct task *t, nsec_t ran) needs_lock(run_queue_role);
/* t, just woken, should run before the running task. */
bool fair_should_preempt(const struct fair_queue *q, const struct task *t) needs_lock(run_queue_role);
/* The running task lets the others go first. */
void fair_yield(struct fair_queue *q, struct task *t) needs_lock(run_queue_role);
/* Weight of a nice value: about 1.25 per step, 1024 at 0. */
unsigned fair_weight(int nice);
