/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Earliest eligible virtual deadline first. Virtual time of a task runs by 1024/weight of real time. The queue's virtual
 * time V is the weighted mean of its tasks' (base + offset_sum / weight_sum); a task is eligible while it is not ahead
 * of V, and of the eligible ones the one with the earliest deadline (vruntime at the start of its slice + slice) runs.
 *
 * (1) waiting is ordered by deadline; vruntime_min of a node is the smallest vruntime of its subtree.
 * (2) offset_sum and weight_sum count the waiting tasks and the running one.
 * (3) A task that is not on a queue keeps its lag (V - vruntime, bounded by a slice) in vruntime.
 */
#include "fair.h"

#define SLICE (3 * NSEC_PER_MSEC)
enum { WEIGHT_ONE = 1024 };

bool task_deadline_before(const struct task *a, const struct task *b)
{
	return (int64_t)(a->deadline - b->deadline) < 0;
}

void task_update_subtree(struct tree_node *n)
{
	invariant(n);
	struct task *t = fair_tree_of(n), *l = fair_tree_left(t), *r = fair_tree_right(t);
	uint64_t least = t->vruntime;

	if (l && (int64_t)(l->vruntime_min - least) < 0)
		least = l->vruntime_min;
	if (r && (int64_t)(r->vruntime_min - least) < 0)
		least = r->vruntime_min;
	t->vruntime_min = least;
}

unsigned fair_weight(int nice)
{
	static const uint32_t weights[NICE_MAX - NICE_MIN + 1] = {
		88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
		9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277,
		1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
		110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
	};

	return weights[nice - NICE_MIN];
}

static uint64_t virtual_span(const struct task *t, uint64_t real)
{
	return t->weight == WEIGHT_ONE ? real : real * WEIGHT_ONE / t->weight;
}

static uint64_t virtual_now(const struct fair_queue *q)
{
	int64_t sum = q->offset_sum, weight = (int64_t)q->weight_sum;

	if (!weight || !sum)
		return q->base;
	/* Rounds down, so that the task that is least ahead counts as eligible. */
	return q->base + (sum < 0 ? -((-sum + weight - 1) / weight) : sum / weight);
}

static bool is_eligible(const struct fair_queue *q, uint64_t vruntime)
{
	return (int64_t)(vruntime - q->base) * (int64_t)q->weight_sum <= q->offset_sum;
}

/* Moves base up to the queue's virtual time, so that offsets stay small and products fit. */
static void base_advance(struct fair_queue *q)
{
	uint64_t now = virtual_now(q);
	int64_t step = (int64_t)(now - q->base);

	q->base = now;
	q->offset_sum -= step * (int64_t)q->weight_sum;
}

static void count_in(struct fair_queue *q, const struct task *t)
{
	q->offset_sum += (int64_t)(t->vruntime - q->base) * t->weight;
	q->weight_sum += t->weight;
	q->count++;
}

static void count_out(struct fair_queue *q, const struct task *t)
{
	q->offset_sum -= (int64_t)(t->vruntime - q->base) * t->weight;
	q->weight_sum -= t->weight;
	q->count--;
}

void fair_join(struct fair_queue *q, struct task *t)
{
	if (q->count)
		base_advance(q);
	t->vruntime = q->base - t->vruntime;
	t->deadline = t->vruntime + virtual_span(t, SLICE);
	count_in(q, t);
	fair_tree_insert(&q->waiting, t);
}

void fair_leave(struct fair_queue *q, struct task *t)
{
	int64_t lag = (int64_t)(virtual_now(q) - t->vruntime);
	int64_t most = (int64_t)virtual_span(t, SLICE);

	count_out(q, t);
	if (q->running == t)
		q->running = NULL;
	else
		fair_tree_remove(&q->waiting, t);
	t->vruntime = (uint64_t)max(min(lag, most), -most);
}

struct task *fair_pick(struct fair_queue *q)
{
	struct task *t = fair_tree_top(&q->waiting), *left;

	while (t) {
		left = fair_tree_left(t);
		if (left && is_eligible(q, left->vruntime_min))
			t = left;
		else if (is_eligible(q, t->vruntime))
			return t;
		else
			t = fair_tree_right(t);
	}
	/* Only while the running task alone is eligible: the earliest deadline will do. */
	return fair_tree_first(&q->waiting);
}

void fair_set_running(struct fair_queue *q, struct task *t)
{
	fair_tree_remove(&q->waiting, t);
	q->running = t;
}

void fair_put_back(struct fair_queue *q)
{
	struct task *t = q->running;

	q->running = NULL;
	fair_tree_insert(&q->waiting, t);
}

bool fair_charge(struct fair_queue *q, struct task *t, nsec_t ran)
{
	uint64_t span = virtual_span(t, ran.ns);

	t->vruntime += span;
	q->offset_sum += (int64_t)span * t->weight;
	if ((int64_t)(t->vruntime - t->deadline) < 0)
		return false;
	t->deadline = t->vruntime + virtual_span(t, SLICE);
	base_advance(q);
	return true;
}

bool fair_should_preempt(const struct fair_queue *q, const struct task *t)
{
	return q->running && task_deadline_before(t, q->running) && is_eligible(q, t->vruntime);
}

void fair_yield(struct fair_queue *q, struct task *t)
{
	t->deadline += virtual_span(t, SLICE);
}
