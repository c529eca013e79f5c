/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's run queue, for sched.c and the files that ask it: the real-time lists, the fair queue, the account of the CPU's
 * time. All under `lock`, taken with interrupts off; raw, because it is handed from task to task across the switch.
 */
#pragma once
#include "core.h"
#include "fair.h"

enum { RT_LEVELS = 100, RT_SLICE_MS = 100 };

DEFINE_LIST(rt, struct task, rt_link)

struct run_queue {
	struct spinlock lock;
	struct task *idle;
	struct fair_queue fair;
	struct rt_list rt[RT_LEVELS];
	uint64_t rt_levels[2];		/* bit set: the list has tasks */
	unsigned rt_count;
	struct timer tick;
	bool tick_from_user;
	uint64_t switches;
	nsec_t user, system, idle_time;
	unsigned uninterruptible;
	uint64_t started;
};
DECLARE_PER_CPU(struct run_queue, run_queues);

static inline struct run_queue *queue_here(void) { return &this_cpu(run_queues); }
static inline struct run_queue *queue_of(const struct task *t) { return &cpu_copy(cpu_locals[t->cpu], run_queues); }
static inline bool is_rt(const struct task *t) { return t->policy == POLICY_FIFO || t->policy == POLICY_RR; }

void queue_join(struct run_queue *q, struct task *t);
void queue_leave(struct run_queue *q, struct task *t);
/* Brings the running task's account up to now; true: it has used up its slice. */
bool charge_current(struct run_queue *q, struct task *t, nsec_t now);
/* A task that has just joined should run before the one that runs. */
bool preempts(const struct run_queue *q, const struct task *running, const struct task *t);
