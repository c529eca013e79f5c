/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start tasks: START_TASK(vfs_start, needs(slab_start, clock_start)) before a `void vfs_start(void)` puts it into the
 * start of the kernel, after what it needs. The order is computed while building (tools/start_order.py reads these
 * lines); a cycle or a task that does not exist fails the build.
 */
#pragma once
#include <murre/base/compiler.h>

#define needs(...)
#define START_TASK(fn, needed) may_sleep void fn(void); void fn(void)
/* The generated list, called by kernel_main with interrupts on and preemption on, in the first kernel task. */
void start_all(void);

/* Command line words: cmdline_value("root") is the text after `root=` (the last one given), NULL if absent; words without
 * `=` have the empty text. The buffer lives for good. */
const char *cmdline_value(const char *name);
/* The n-th of several words of that name, in order; NULL past the last. */
const char *cmdline_word(unsigned n, const char *name);
/* The n-th word after a lone `--`, an argument for init; NULL past the last. */
const char *cmdline_init_word(unsigned n);
/* The n-th word that means nothing to the kernel, before any `--`: for init, as on Linux. NULL past the last. */
const char *cmdline_unknown_word(unsigned n);
static inline bool cmdline_has(const char *name) { return cmdline_value(name) != NULL; }
/* The whole line, for /proc/cmdline. */
const char *cmdline_text(void);
struct boot_info;
extern const struct boot_info *boot_info;	/* valid for good */
