/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fair queue: shares follow weights within one slice, lag stays bounded, sleepers neither lose nor gain, nobody
 * starves. A small simulation calls the queue as the scheduler does.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../kernel/core/fair.c"

enum { TASKS = 8 };
#define SLICE (3 * NSEC_PER_MSEC)

static struct task tasks[TASKS];
static int64_t ran[TASKS];
static struct fair_queue queue;

static void run_for(int64_t ns)
{
	struct task *t = queue.running;

	ran[t - tasks] += ns;
	(void)fair_charge(&queue, t, nsec(ns));
}

static void reschedule(void)
{
	if (queue.running)
		fair_put_back(&queue);
	struct task *next = fair_pick(&queue);
	assert(next);
	fair_set_running(&queue, next);
}

static void reset(unsigned count, const int *nices)
{
	queue = (struct fair_queue){};
	for (unsigned i = 0; i < count; i++) {
		tasks[i] = (struct task){ .nice = nices[i], .weight = fair_weight(nices[i]) };
		ran[i] = 0;
		fair_join(&queue, &tasks[i]);
	}
}

static void shares_follow_weights(unsigned count, const int *nices)
{
	int64_t total = 0, weights = 0;

	reset(count, nices);
	for (int i = 0; i < 20000; i++) {
		reschedule();
		int64_t ns = 1 + rand() % SLICE;
		run_for(ns);
		total += ns;
	}
	for (unsigned i = 0; i < count; i++)
		weights += tasks[i].weight;
	for (unsigned i = 0; i < count; i++) {
		double due = (double)total * tasks[i].weight / weights;

		if (ran[i] < due - 2.0 * SLICE || ran[i] > due + 2.0 * SLICE) {
			printf("task %u (nice %d): ran %ld, due %.0f\n", i, nices[i], ran[i], due);
			exit(1);
		}
	}
}

/* A task that sleeps half of the time gets what it asks for, and never owes more than a slice afterwards. */
static void sleepers_keep_their_place(void)
{
	static const int nices[2] = { 0, 0 };

	reset(2, nices);
	for (int i = 0; i < 5000; i++) {
		reschedule();
		bool sleeper = queue.running == &tasks[1];

		run_for(sleeper ? SLICE / 10 : SLICE / 2);
		if (sleeper) {
			fair_leave(&queue, &tasks[1]);
			int64_t lag = (int64_t)tasks[1].vruntime;
			assert(lag <= SLICE && lag >= -SLICE);
			reschedule();
			run_for(SLICE / 4);
			fair_join(&queue, &tasks[1]);
		}
	}
	assert(ran[1] > 0 && ran[0] > ran[1]);
	assert(queue.count == 2 && queue.weight_sum == 2048);
}

int main(void)
{
	srand(7);
	shares_follow_weights(1, (int[]){ 0 });
	shares_follow_weights(3, (int[]){ 0, 0, 0 });
	shares_follow_weights(4, (int[]){ -5, 0, 5, 10 });
	shares_follow_weights(TASKS, (int[]){ -10, -3, 0, 0, 1, 2, 4, 8 });
	sleepers_keep_their_place();
	puts("fair: ok");
	return 0;
}
