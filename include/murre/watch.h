/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the debug kernel's watchers share: remembered call chains, the opening of a report, and the watch over the depth
 * of kernel stacks. In the ordinary kernel nothing of this is left.
 */
#pragma once
#include <murre/base/types.h>
#include <murre/log.h>

struct task;

/* A bug of the kernel that the ordinary kernel survives. */
#ifdef MURRE_DEBUG
#define stop_or_log(...) panic(__VA_ARGS__)
#else
#define stop_or_log(...) log_print(LOG_CRIT, __VA_ARGS__)
#endif

#ifdef MURRE_DEBUG

/* A call chain, remembered once however often it occurs. 0: none, or the store is full. */
typedef uint32_t trace_nr;
/* The calls that led here, without the innermost `skipped` functions (0: the caller itself is kept). Any context. */
trace_nr trace_here(unsigned skipped);
/* "  allocated by task 7:" and the chain below it, to the log. */
void trace_print(const char *what, int32_t pid, trace_nr t);

/* Turns interrupts off and opens the consoles for the lines of a report; panic() closes it. */
void report_open(void);

/* A stack is about to be used for the first time: paint all of it. */
void stack_paint(uintptr_t lowest);
/* Nobody runs on it any more: paint what was used. */
void stack_repaint(uintptr_t lowest);
/* A kept stack is taken again: the link that stood in its lowest word is painted over. */
void stack_link_repaint(uintptr_t lowest);
/* Notes how deep current's stack has been used since the last look, and by what: a call's number, or -1 for faults,
 * interrupts and what kernel tasks do. Panics when the margin above the guard page was touched. */
void stack_depth_note(int call);
/* The last look at a task that ended; it runs nowhere. */
void stack_depth_note_end(const struct task *t);
/* A cheaper look at switches: only the margin. */
void stack_margin_check(const struct task *t);

/* The deepest use by each call, for /proc/murre/stacks: the rank-th deepest (0 first). False: there are no more. */
enum { STACK_CALLS_MAX = 512 };
struct stack_depth { size_t bytes; char program[16]; };
bool stack_depth_nth(unsigned rank, int *call, struct stack_depth *out);

#else

static inline void stack_paint(uintptr_t lowest) {}
static inline void stack_repaint(uintptr_t lowest) {}
static inline void stack_link_repaint(uintptr_t lowest) {}
static inline void stack_depth_note(int call) {}
static inline void stack_depth_note_end(const struct task *t) {}
static inline void stack_margin_check(const struct task *t) {}

#endif
