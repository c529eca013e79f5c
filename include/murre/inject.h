/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection of the debug kernel: a thread's plan says which allocation, user copy or page read on its behalf is
 * to fail, counted from when it was armed. A plan fires once and then remembers where. Armed through /proc/PID/fail-nth
 * (as Linux calls it) or, for the first process, by fault=KIND,N on the command line. Whatever can fail asks
 * failure_due() first; in the ordinary kernel that is a constant and nothing of this exists.
 */
#pragma once
#include <murre/base/result.h>

enum failure_kind {
	INJECT_NONE,
	INJECT_ALLOC,		/* objects, buffers, pages, page tables, stacks: ENOMEM */
	INJECT_COPY,		/* from or to the program's memory: EFAULT, or a short count */
	INJECT_SHORT,		/* in the middle of a buffer of read(2), write(2) and their like: a short count */
	INJECT_READ,		/* a page of a memory object, in a read or a page fault: EIO, SIGBUS */
};

#ifdef MURRE_DEBUG
struct task;
struct text_out;

enum { FAILURE_PLACES = 7 };
struct failure_plan {
	uint64_t kind_left;	/* enum failure_kind << 32 | how many there are up to the one that fails; 0: it did */
	bool was_injected;	/* the last answer was yes */
	uint32_t paused;	/* while the plan itself is read or written */
	uintptr_t places[FAILURE_PLACES];	/* where it fired: return addresses, innermost first */
};

/* True: the caller is to fail. Any context; interrupts never fail. */
bool failure_due(enum failure_kind kind);
/* The thread's last allocation failed because of its plan: there is no shortage that anybody should die for. */
bool failure_was_injected(void);
/* Sets a thread's plan from "KIND N": alloc, copy, short or read; N 0: none. EINVAL, ERANGE. */
result(unit) failure_plan_set(struct task *t, const char *text);
/* "KIND LEFT", and the places when it has fired, as one line. */
void failure_plan_print(const struct task *t, struct text_out *out);
/* For the calling thread, around what must not be counted. */
void failure_plan_pause(void);
void failure_plan_resume(void);
/* fault= arms the calling task, which then hands its plan on to the first process. */
void failure_plan_start(void);
void failure_plan_hand_over(struct task *to);
#else
struct task;
static inline bool failure_due(enum failure_kind kind) { return false; }
static inline bool failure_was_injected(void) { return false; }
static inline void failure_plan_start(void) {}
static inline void failure_plan_hand_over(struct task *to) {}
#endif
