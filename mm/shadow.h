/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the checks of shadow memory and their report. Private to mm/, debug kernel only. */
#pragma once
#include <murre/shadow.h>

/* A global variable as the compiler describes it. */
struct checked_global {
	const char *start;
	size_t bytes, bytes_with_red;
	const char *name, *file;
	uint64_t has_constructor;
	const void *place;
	const char *indicator;
};
struct checked_globals { const struct checked_global *globals; size_t count; };

/* Reports count: set by shadow_start, cleared by the report. */
extern bool shadow_watching;
/* Panics with what is known of the address; returns only when reports do not count. ip: the access. */
void shadow_report(const void *p, size_t n, bool writes, uintptr_t ip);
/* The first byte of [p, p + n) that may not be touched; NULL: none. */
const void *shadow_first_bad(const void *p, size_t n);
/* The variable at p or just before it; NULL: none. */
const struct checked_global *shadow_global_at(const void *p);
/* Lines about the slab object or the page at p, to the log. False: p is in none. */
bool slab_watch_describe(const void *p);
void page_watch_describe(const void *p);
