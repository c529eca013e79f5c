/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-tests of the debug kernel's watchers: each row does one thing that must not be done, on purpose, and the watcher
 * that it is named after must stop the kernel with its report. Writing a row's name to /proc/murre/provoke runs it;
 * reading that file lists the names. Only in files named *_debug.c.
 */
#pragma once
#include <stddef.h>

struct can_sleep;
struct provocation {
	const char *name;
	void (*run)(struct can_sleep cs);
};
struct provocations {
	const struct provocation *rows;
	size_t count;
	struct provocations *next;
};
#define PROVOCATIONS(rows_) { .rows = (rows_), .count = sizeof(rows_) / sizeof((rows_)[0]) }

/* From start tasks. p is borrowed for good. */
void provoke_register(struct provocations *p);
/* NULL past the last. */
const struct provocation *provocation_nth(unsigned n);
