/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Out of memory: somebody has to give some back. The process that holds most, weighed by its oom_score_adj, is killed;
 * until it has let go nobody else is, unless it takes too long. Process 1 is never chosen. proc(5) oom_score_adj.
 */
#include <murre/log.h>
#include <murre/start.h>
#include "proc.h"

enum { VICTIM_PATIENCE_MS = 500, VICTIM_POLL_MS = 2, SCORE_FULL = 1000 };

struct oom_state {
	process_ref victim;
	nsec_t since;
};
DEFINE_GUARDED_MUTEX(oom_state, struct oom_state, RANK_OOM)
static guarded(oom_state) oom_state;

static bool victim_there(struct can_sleep cs);
static bool victim_is_going(oom_state_locked o);
static process_ref victim_choose(void);
static void victim_kill(struct process *victim);
static struct vm_space *victim_report(struct process *p, struct thread *leader);

/* For the allocator, on behalf of a program. True: memory may come free, try again. */
static bool oom_kill_one(struct can_sleep cs)
{
	if (death_pending() || !victim_there(cs) || death_pending())
		return false;
	task_set_state(TASK_KILLABLE);
	if (!death_pending())
		schedule_until(nsec_add(clock_now(), nsec_from_msec(VICTIM_POLL_MS)));
	task_set_state(TASK_RUNNING);
	return true;
}

START_TASK(oom_start, needs(process_start))
{
	oom_kill = oom_kill_one;
}

/* A program's access found no memory: makes room, or ends the program itself if there is nobody else to end. */
void out_of_memory(struct can_sleep cs)
{
	if (death_pending() || oom_kill_one(cs) || death_pending())
		return;
	struct signal_info i = signal_info_kernel(SIGKILL);
	(void)error_of(signal_send_process(current_process(), &i));
}

uint64_t oom_badness(struct process *p, uint64_t total_pages)
{
	own(thread_ref, leader, process_leader(p));
	int64_t pages = 0;

	if (is_none(leader) || p == init_process || p->oom_score_adj <= -SCORE_FULL)
		return 0;
	{
		/* The last reference to a space must not be ours: its end takes locks that an allocation may hold. */
		hold(thread_share, k, &at(leader)->share);
		struct vm_space *s = at(leader)->task.vm;
		if (s)
			pages = vm_space_resident(s) + vm_space_table_pages(s);
	}
	if (!pages)
		return 0;
	pages += (int64_t)p->oom_score_adj * (int64_t)(total_pages / SCORE_FULL);
	return pages > 0 ? pages : 1;
}

/* Makes sure that somebody is on the way out. */
static bool victim_there(struct can_sleep cs)
{
	hold_mutex(oom_state, o, &oom_state);

	if (victim_is_going(o))
		return true;
	own(process_ref, victim, victim_choose());
	if (is_none(victim))
		return false;
	victim_kill(at(victim));
	if (!is_none(in(o)->victim))
		drop(process_ref, in(o)->victim);
	in(o)->victim = give(victim);
	in(o)->since = clock_now();
	return true;
}

static bool victim_is_going(oom_state_locked o)
{
	return !is_none(in(o)->victim) && process_thread_count(at(in(o)->victim)) != 0 &&
	       nsec_before(clock_now(), nsec_add(in(o)->since, nsec_from_msec(VICTIM_PATIENCE_MS)));
}

static process_ref victim_choose(void)
{
	struct page_stats stats;
	uint64_t worst = 0;
	pid_nr_t nr = { 1 };
	own(process_ref, chosen, none(process_ref));

	page_stats_get(&stats);
	for (;;) {
		own(process_ref, p, process_next(nr));
		if (is_none(p))
			break;
		nr.nr = process_nr(at(p)).nr + 1;
		uint64_t score = at(p)->oom_victim ? 0 : oom_badness(at(p), stats.total);
		if (score <= worst)
			continue;
		worst = score;
		if (!is_none(chosen))
			drop(process_ref, chosen);
		chosen = give(p);
	}
	return give(chosen);
}

/* Everybody who uses the same memory has to go for it to come free. */
static void victim_kill(struct process *victim)
{
	struct signal_info i = signal_info_kernel(SIGKILL);
	own(thread_ref, leader, process_leader(victim));
	struct vm_space *space = is_none(leader) ? NULL : victim_report(victim, at(leader));
	pid_nr_t nr = { 2 };

	victim->oom_victim = true;
	(void)error_of(signal_send_process(victim, &i));
	while (space) {
		own(process_ref, p, process_next(nr));
		if (is_none(p))
			break;
		nr.nr = process_nr(at(p)).nr + 1;
		own(thread_ref, other, process_leader(at(p)));
		if (at(p) != victim && !is_none(other) && read_once(at(other)->task.vm) == space)
			(void)error_of(signal_send_process(at(p), &i));
	}
}

/* Says what is lost; the space, to be compared only. */
static struct vm_space *victim_report(struct process *p, struct thread *leader)
{
	enum { KB = PAGE_SIZE / 1024 };
	hold(thread_share, k, &leader->share);
	struct vm_space *s = leader->task.vm;

	if (s)
		log_err("Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, pgtables:%lukB oom_score_adj:%d",
			p->pid->nr.nr, leader->task.name, peek(&s->layout)->total_pages * KB,
			(unsigned long)read_once(s->anon_pages) * KB, (unsigned long)read_once(s->file_pages) * KB,
			(unsigned long)read_once(s->shmem_pages) * KB, vm_space_table_pages(s) * KB, p->oom_score_adj);
	return s;
}
