/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kernel/proc share and nobody else needs. */
#pragma once
#include <murre/process.h>

/* process.c */
result(thread_draft) thread_new(void);
/* Makes the draft run; the reference that it becomes goes when the scheduler has left its stack for the last time. */
static inline void thread_start(thread_draft draft)
{
	own(thread_draft, d, give(draft));

	task_start(&into_raw(handle_from(thread_ref, into_count(give(d))))->task);
}
/* A process for the draft to lead. */
result(process_ref) process_new(void);
void thread_leave(struct thread *t);
extern unsigned threads_max;

/* Places in the tree, with its lock held. */
void process_enter_tree(process_tree_locked t, struct process *p, struct process *parent);
void process_set_group_in(process_tree_locked t, struct process *p, struct pid *group);
void process_set_session_in(process_tree_locked t, struct process *p, struct pid *session);
/* Takes a dead process out of the tree; its numbers are free when the handles are gone. The tree's reference moves out. */
process_ref process_reap(process_tree_locked t, struct process *p);

/* signal_send.c */
result(unit) signal_send_locked(process_signals_locked s, struct process *p, struct thread *only,
				const struct signal_info *i);
/* Something waits that t may take. */
bool signal_waits(process_signals_locked s, struct thread *t);
/* Sets or clears WORK_SIGNAL of current by what waits. */
void signal_recheck(process_signals_locked s);
/* Where signalfds of the process wait; shared with other processes, valid for good. */
waitq *signal_queue_of(const struct process *p);
void signal_pass_on(process_signals_locked s, struct thread *from);
void signal_block_and_recheck(uint64_t blocked);
void signal_send_timer(struct process *p, struct thread *only, const struct signal_info *i, unsigned expiries);
/* signal_queue.c */
struct signal_info *signal_queue_find_timer(struct signal_pending *p, const struct signal_info *i);
bool signal_queue_put(struct signal_pending *p, const struct signal_info *i, struct user_account *a,
		      bool over_limit, uint64_t limit);
int signal_queue_take(struct signal_pending *p, uint64_t mask, struct signal_info *out);
/* signal_stop.c */
void signal_stop_begin(process_signals_locked s, struct process *p, int signo);
bool signal_stop_join(process_signals_locked s, struct thread *t);
void signal_continue(process_signals_locked s, struct process *p);
bool signal_stop_forget(process_signals_locked s, struct thread *leaving);

/* exit.c: tells the parent of a stop or a continuation. */
void parent_notify_stop(struct process *p, bool stopped, int signo);
void death_signals_send(struct process *c);
/* usage.c */
void process_usage_in(process_signals_locked s, struct usage *out);
/* group.c */
bool group_is_orphaned(process_tree_locked t, struct pid *group, struct process *ignored);
void group_orphan_check(process_tree_locked t, struct process *p, struct process *lost_parent);

/* vfork: the parent sleeps until the child lets go of the space. */
void vfork_done(struct thread *t);
/* Ends what the thread has in its space (robust futexes, CLONE_CHILD_CLEARTID); exiting: and lets go of the space. */
void thread_leave_space(struct thread *t, bool exiting, struct can_sleep cs);

/* timers */
void itimers_init(struct process *p);
void itimers_end(struct process *p);
void posix_timers_end(struct process *p);
/* A timer's signal reaches its program: remembers the overrun for timer_getoverrun. Any context. */
void posix_timer_taken(struct process *p, const struct signal_info *i);
/* Its CPU timers, by what the process and the current thread have used. From the tick. */
/* A CPU timer was set or ended: does the tick have anything to look at? */
void cpu_timers_look(struct process *p);
bool posix_timers_count_cpu(struct process *p);
void posix_timers_tick(struct process *p, const struct usage *used);
void process_ticked(struct task *t, bool from_user);

/* oom.c */
void out_of_memory(struct can_sleep cs);
uint64_t oom_badness(struct process *p, uint64_t total_pages);

/* futex.c */
void futex_wake_address(uintptr_t word, unsigned count, struct can_sleep cs);
void robust_list_walk(struct thread *t, struct can_sleep cs);
