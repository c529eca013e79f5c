/* SPDX-License-Identifier: GPL-2.0-only */
/* POSIX timers as posix_timer.c (their life) and posix_timer_ring.c (their time) share them. */
#pragma once
#include <murre/radix.h>
#include <murre/timers.h>
#include "proc.h"

/* Where a timer's time comes from. */
enum timer_base { BASE_MONOTONIC, BASE_REALTIME, BASE_PROCESS_CPU, BASE_THREAD_CPU };

LOCK_ROLE(timer_table_role);
struct posix_timer {
	struct timer timer;
	struct process *process;		/* which outlives its timers */
	thread_ref target;			/* SIGEV_THREAD_ID: whom it signals */
	thread_ref counted;			/* BASE_THREAD_CPU: whose time it counts */
	struct signal_info info;
	int notify;
	enum timer_base base;
	bool is_absolute;			/* real time: follows clock_settime */
	nsec_t at guarded_by(timer_table_role), interval guarded_by(timer_table_role);			/* on its base, at 0: off */
	int overrun;					/* of the last signal that was delivered */
	bool untaken;					/* the last signal still waits, or was ignored */
	nsec_t pause guarded_by(timer_table_role);				/* no earlier ring than this from the last one */
	struct list_node cpu_link;		/* among those that the tick looks at */
	struct rcu_head rcu;
};
EMBEDDED(posix_timer, timer, timer)
DEFINE_LIST(cpu_timer, struct posix_timer, cpu_link)
struct timer_table { unsigned count; int next_id; struct cpu_timer_list cpu; };
DEFINE_GUARDED_IRQ(timer_table, struct timer_table, RANK_SIGNAL_TIMERS)
struct posix_timers {
	struct radix by_id;			/* written under the lock, read under RCU */
	guarded(timer_table) table;
	struct rcu_head rcu;
};

/* Now on the timer's base. */
nsec_t posix_timer_now(const struct posix_timer *t);
/* `at` is set: counts from here on. */
void posix_timer_start(timer_table_locked k, struct posix_timer *t);
void posix_timer_stop(timer_table_locked k, struct posix_timer *t);
/* Sends the signal if the time has come, and sets the next one. */
void posix_timer_check(timer_table_locked k, struct posix_timer *t);
void posix_timer_ring(struct timer *timer);
struct itimer_value posix_timer_value(const struct posix_timer *t) needs_lock(timer_table_role);
