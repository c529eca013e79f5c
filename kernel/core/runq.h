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
	struct fair_queue fair guarded_by(run_queue_role);
	struct rt_list rt[RT_LEVELS] guarded_by(run_queue_role);
	uint64_t rt_levels[2] guarded_by(run_queue_role);	/* bit set: the list has tasks */
	unsigned rt_count guarded_by(run_queue_role);
	struct timer tick;
	bool tick_from_user;
	uint64_t switches guarded_by(run_queue_role);
	nsec_t user, system;		/* by the tick on this CPU */
	nsec_t idle_time guarded_by(run_queue_role);
	unsigned uninterruptible guarded_by(run_queue_role);
	uint64_t started guarded_by(run_queue_role);
};
DECLARE_PER_CPU(struct run_queue, run_queues);

static inline struct run_queue *queue_here(void) { return &this_cpu(run_queues); }
static inline struct run_queue *queue_of(const struct task *t) { return &cpu_copy(cpu_locals[t->cpu], run_queues); }
static inline bool is_rt(const struct task *t) { return t->policy == POLICY_FIFO || t->policy == POLICY_RR; }

static always_inline void queue_lock(struct run_queue *q) takes_lock(run_queue_role) unproved { spin_lock_raw(&q->lock); }
static always_inline void queue_unlock(struct run_queue *q) drops_lock(run_queue_role) unproved { spin_unlock_raw(&q->lock); }

void queue_join(struct run_queue *q, struct task *t) needs_lock(run_queue_role);
void queue_leave(struct run_queue *q, struct task *t) needs_lock(run_queue_role);
/* Brings the running task's account up to now; true: it has used up its slice. */
bool charge_current(struct run_queue *q, struct task *t, nsec_t now) needs_lock(run_queue_role);
/* A task that has just joined should run before the one that runs. */
bool preempts(const struct run_queue *q, const struct task *running, const struct task *t) needs_lock(run_queue_role);
