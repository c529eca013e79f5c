/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A struct pid is the identity behind a process, group or session number: it outlives what it names, so that holding one
 * is safe while the number is not reused. Numbers are found under RCU.
 */
#pragma once
#include <murre/base/handle.h>
#include <murre/base/list.h>
#include <murre/lock.h>

#define PID_MAX 4194304		/* numbers stay below it, whatever pid_max says */
struct thread;
struct process;

DECLARE_LIST(group_member);
DECLARE_LIST(session_member);

LOCK_ROLE(process_tree_role);
struct pid {
	refcount_t refs;
	pid_nr_t nr;
	/* Users of the number, under the process tree lock; the first two are read under RCU. */
	struct thread *thread guarded_by(process_tree_role);	/* the thread with this id, NULL when gone */
	struct process *process guarded_by(process_tree_role);	/* the process (thread group) with this id */
	struct group_member_list group_members guarded_by(process_tree_role);		/* processes whose group this is */
	struct session_member_list session_members guarded_by(process_tree_role);	/* processes whose session this is */
	struct rcu_head rcu;
};
void pid_release(struct pid *p);
DEFINE_HANDLE(pid_ref, struct pid, pid_release)
static inline pid_ref pid_share(struct pid *p)
{
	refcount_inc(&p->refs);
	return handle_from(pid_ref, p);
}

/* A new number, above the last one given if there is one free. EAGAIN: none left. ENOMEM. The first is 1. */
result(pid_ref) pid_new(void);
/* The pid with this number; none if no one uses it. */
pid_ref pid_find(pid_nr_t nr);
/* Numbers are below this one: /proc/sys/kernel/pid_max. */
extern int pid_max;
/* The number given last. */
pid_nr_t pid_last(void);
/* The smallest number >= nr in use: for listing. none at the end. */
pid_ref pid_next(pid_nr_t nr);
