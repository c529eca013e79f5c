/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clocks and timers. All deadlines inside the kernel are points on the monotonic clock; the real-time clock is an offset
 * to it that clock_settime(2) moves.
 */
#pragma once
#include <murre/base/tree.h>
#include <murre/lock.h>
#include <murre/base/user.h>
#include <arch/clock.h>
#include <linux/time_types.h>

DEFINE_RESULT(nsec_t);
typedef struct __kernel_timespec timespec64;
DEFINE_USER(timespec64);
typedef struct __kernel_old_timeval timeval64;
DEFINE_USER(timeval64);

/* The monotonic clock. Any context. */
static always_inline nsec_t clock_now(void) { return arch_clock_now(); }
/* Nanoseconds since 1970 UTC. */
nsec_t clock_realtime(void);
/* What to add to monotonic to get real time, now. */
nsec_t clock_realtime_offset(void);
/* Sets the date: every CLOCK_REALTIME timer is looked at again. */
void clock_realtime_set(nsec_t since_epoch);
/* Calls l->changed after each clock_realtime_set; from then on, for good. It may take locks from RANK_SIGNAL_TIMERS on. */
struct clock_listener {
	void (*changed)(void);
	struct clock_listener *next;
};
void clock_listen(struct clock_listener *l);

/* EINVAL: tv_nsec out of range or tv_sec negative. Seconds that do not fit saturate. */
result(nsec_t) nsec_from_timespec(timespec64 ts);
timespec64 nsec_to_timespec(nsec_t t);
timeval64 nsec_to_timeval(nsec_t t);
result(nsec_t) nsec_from_timeval(timeval64 tv);

/*
 * A timer calls fn once, on the CPU that armed it, from interrupt context with interrupts off. It may arm itself again.
 * It belongs to whoever embeds it, who must cancel it before its memory goes.
 */
struct timer {
	struct tree_node node;
	nsec_t expires;			/* monotonic */
	void (*fn)(struct timer *) never_sleeps;
	uint32_t cpu;
	uint32_t state;
};
void timer_init(struct timer *t, void (*fn)(struct timer *));
/* (Re)arms. Any context. */
void timer_arm(struct timer *t, nsec_t expires);
/* Not armed any more and not running on another CPU when it returns. True if it was armed. Not from its own fn. */
bool timer_cancel(struct timer *t);
static inline bool timer_armed(struct timer *t) { return tree_node_linked(&t->node); }
