/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task: what the scheduler runs. It is born as a draft by its maker (kernel_task_start, thread_create), made runnable
 * by task_start, ends in task_exit, and its stack is freed by whoever runs next on that CPU. Threads of programs embed
 * one (murre/process.h).
 */
#pragma once
#include <murre/base/list.h>
#include <murre/base/types.h>
#include <murre/inject.h>
#include <murre/lock.h>
#include <murre/base/tree.h>
#include <arch/context.h>
#include <arch/mmu.h>

enum task_state {
	TASK_RUNNING,			/* on a CPU or in its run queue */
	TASK_INTERRUPTIBLE,		/* asleep until woken or a signal comes */
	TASK_KILLABLE,			/* asleep until woken or a deadly signal comes */
	TASK_UNINTERRUPTIBLE,		/* asleep until woken */
	TASK_STOPPED,			/* by a job control signal or a tracer */
	TASK_DEAD,
};

/* Bits of task->work: what is to do before the task goes back to its program. Set by anyone, atomically. */
enum task_work {
	WORK_SIGNAL = 1,		/* look for signals */
	WORK_TRACE_SYSCALL = 2,		/* calls are traced (strace=1): the slow call path; nothing to do on return */
	WORK_RESTORE_MASK = 4,		/* a saved signal mask is to be put back (sigsuspend, ppoll) */
	WORK_DIE = 8,			/* the process is exiting */
	WORK_FIRST_RETURN = 16,		/* a new thread: its number goes to its program (CLONE_CHILD_SETTID) */
};

LOCK_ROLE(run_queue_role);
struct cpu_mask { uint64_t word[CPUS_MAX / 64]; };

#define TASK_NAME_MAX 16
enum { NICE_MIN = -20, NICE_MAX = 19 };
enum sched_policy { POLICY_NORMAL = 0, POLICY_FIFO = 1, POLICY_RR = 2, POLICY_BATCH = 3, POLICY_IDLE = 5 };

#ifdef MURRE_DEBUG
enum { HELD_LOCKS_MAX = 24 };
struct held_lock { const void *lock; const char *name; uintptr_t taken_at; int rank; uint32_t irq_depth; };
struct held_locks { unsigned count; struct held_lock lock[HELD_LOCKS_MAX]; };
#endif

struct task {
	struct arch_task arch;			/* first: the switch code knows it */
	uintptr_t kernel_stack;			/* lowest address */
	uint32_t work;				/* enum task_work */
	int state;				/* enum task_state; see sched.c for who may write it */
	struct arch_space *space;		/* tables to run on, NULL for kernel tasks; owned by the embedding thread */

	/* The scheduler's, under the run queue lock of `cpu`. */
	uint32_t cpu;
	bool on_queue guarded_by(run_queue_role);
	bool on_cpu guarded_by(run_queue_role);
	uint8_t policy;				/* enum sched_policy */
	int8_t nice;
	uint8_t rt_priority;			/* 1..99 for FIFO and RR */
	bool reset_on_fork;			/* children start with policy NORMAL and nice 0 if it was negative */
	struct cpu_mask allowed guarded_by(run_queue_role);		/* CPUs it may run on */
	uint32_t weight;
	struct tree_node queue_node;
	struct list_node rt_link;
	uint64_t vruntime, deadline, vruntime_min;	/* virtual ns; min over the subtree */
	nsec_t slice_left guarded_by(run_queue_role);
	nsec_t run_since guarded_by(run_queue_role);			/* when it last got the CPU */
	nsec_t run_total guarded_by(run_queue_role);			/* CPU time used up to then */
	nsec_t user_ticks, system_ticks;	/* where the ticks found it; run_total is split in their proportion */
	nsec_t user_reported, system_reported;	/* what was last told, so that neither goes backwards */
	uint64_t switches_voluntary, switches_forced;

	/* What the task's program uses; NULL for kernel tasks. References owned by the embedding thread, changed only by the
	 * task itself. Lower tiers reach them through current_space(), current_files(), current_fs(), current_cred(),
	 * current_limits(). */
	struct vm_space *vm;
	struct fd_table *files;
	struct fs_context *fs;
	const struct cred *cred;
	struct rlimits *limits;

	pid_nr_t id;				/* for reports */
	char name[TASK_NAME_MAX];		/* comm; NUL-terminated */
	bool is_kernel;
	void (*release)(struct task *);		/* called on another stack when the task is gone for good */
#ifdef MURRE_DEBUG
	struct held_locks held;			/* changed by the task and its interrupts only */
	struct failure_plan failure;
	struct list_node all_link;		/* of the handle audit's list, under its lock */
	uintptr_t stack_deepest;		/* as deep as it has been seen to use its stack; 0: not looked yet */
#endif
};

static always_inline struct task *current(void) { return arch_current(); }

/* Prepares the scheduler's part, the kernel stack and the name; the task runs nowhere yet. ENOMEM. */
result(unit) task_init(struct task *t, const char *name, void (*release)(struct task *));
/* Undoes task_init for a task that was never started. */
void task_discard(struct task *t);
/* Puts a new task on a run queue. */
void task_start(struct task *t);
/* Ends current; its release runs later. Never returns. */
_Noreturn void task_exit(void);
/* A kernel task that runs fn(arg), which never returns unless by task_exit. */
result(unit) kernel_task_start(const char *name, void (*fn)(void *), void *arg);
/* First thing that a new task runs, called by the architecture's start code. */
void task_switch_finish(struct task *prev) drops_lock(run_queue_role, preemption_off);

/* Gives the CPU away; returns when the task runs again. state says why: TASK_RUNNING stays in the queue. */
void schedule(void);
/* Sets the state before checking a condition and schedule(): with a full barrier, pairs with task_wake's. */
static inline void task_set_state(enum task_state s) { __atomic_store_n(&current()->state, s, __ATOMIC_SEQ_CST); }
/* Makes t runnable if its state is one of the mask (1 << state). True if it was asleep. Any context. */
bool task_wake_mask(struct task *t, unsigned state_mask);
static inline bool task_wake(struct task *t)
{
	return task_wake_mask(t, 1 << TASK_INTERRUPTIBLE | 1 << TASK_KILLABLE | 1 << TASK_UNINTERRUPTIBLE);
}
/* Sets work bits and makes t look at them soon, waking it from the states of the mask. Any context. */
void task_notify(struct task *t, uint32_t work, unsigned state_mask);
static inline void task_work_clear(uint32_t work) { __atomic_and_fetch(&current()->work, ~work, __ATOMIC_RELAXED); }
static inline bool task_work_pending(uint32_t work) { return read_once(current()->work) & work; }
/* A signal (or the end of the process) asks current to leave interruptible sleep. */
static inline bool signal_pending(void) { return task_work_pending(WORK_SIGNAL | WORK_DIE); }
static inline bool death_pending(void) { return task_work_pending(WORK_DIE); }

void task_yield(struct can_sleep cs);
/* Policy and priority; nice for NORMAL and BATCH, rt_priority for FIFO and RR. Permission is the caller's to check. */
void task_set_policy(struct task *t, enum sched_policy policy, int nice, unsigned rt_priority);
/* A new task may run where its maker may. */
void task_copy_affinity(struct task *child, struct task *from);
/* Where it may run (sched_setaffinity(2)). EINVAL: none of these CPUs exists. */
result(unit) task_set_affinity(struct task *t, const struct cpu_mask *wanted);
void task_get_affinity(struct task *t, struct cpu_mask *allowed);
/* CPU time used until now. */
nsec_t task_cpu_time(struct task *t);
/* User and system part of it. */
void task_cpu_times(struct task *t, nsec_t *user, nsec_t *system);

/* Work bits that every new task of a program is born with. */
extern uint32_t task_work_at_birth;
/* Called by each tick that finds a program's task running, interrupts off: CPU timers and limits. One listener. */
extern void (*task_ticked)(struct task *t, bool from_user) never_sleeps;
/* Interrupt or call return found that a switch is wanted. */
static inline bool switch_wanted(void) { return !(arch_preempt_word() & PREEMPT_NO_SWITCH_WANTED); }

/* Machine-wide figures for /proc. */
struct sched_stats {
	uint64_t switches;
	nsec_t user, system, idle;
	unsigned running, sleeping_uninterruptible;
	uint64_t load_fixed[3];			/* load averages, 1 << 11 = 1.0, as sysinfo(2) scales from */
	uint64_t tasks_started;
};
void sched_stats_get(struct sched_stats *out);
/* Of one CPU, without the load averages. */
void sched_stats_get_cpu(unsigned cpu, struct sched_stats *out);
