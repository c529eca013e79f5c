/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kernel/core share and nobody else needs. */
#pragma once
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/task.h>
#include <murre/time.h>

/* kernel_main's, in this order, before any start task. */
void cmdline_parse(const char *text);
void log_levels_from_cmdline(void);
/* Makes the code that runs now the idle task of this CPU. */
void sched_start(void);
/* The idle task's work; interrupts on. */
_Noreturn void sched_idle(void);

/* A line for the log from text that is there already (/dev/kmsg). */
void log_write(enum log_level level, nsec_t now, const char *text, size_t n);

/* The tick of the scheduler, every TICK while the CPU is not idle. */
#define TICK nsec(4 * NSEC_PER_MSEC)
void tick_from_user_set(bool from_user);
void timers_run(nsec_t now);
/* This CPU has passed a point where no RCU reader runs. Preemption off. */
void rcu_quiescent(void);
void load_average_tick(nsec_t now);
bool rcu_has_work(void);
void rcu_kick(void);

static inline void preempt_enable_no_switch(void) drops_lock(preemption_off) unproved
{
	compiler_barrier();
	(void)arch_preempt_dec_test();
}

static inline bool in_interrupt_now(void) { return arch_cpu_local()->irq_depth != 0; }
/* All tasks that have a stack, for the search for leaked handles; debug kernels only. */
#ifdef MURRE_DEBUG
void task_list_add(struct task *t);
void task_list_remove(struct task *t);
#else
static inline void task_list_add(struct task *t) {}
static inline void task_list_remove(struct task *t) {}
#endif
/* The locks that a task holds, for panic reports; debug kernels only. */
#ifdef MURRE_DEBUG
void held_locks_print(const struct task *t);
#else
static inline void held_locks_print(const struct task *t) {}
#endif
