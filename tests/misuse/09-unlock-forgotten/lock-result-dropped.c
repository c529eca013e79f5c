/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a lock and keeps nothing that could give it back.
 * Linux: commit 808ffa3d3022: after a change in another place tty_open() could return to the program with
 * tty_mutex held.
 * expect: gcc: "ignoring return value of 'process_tree_lock_'"
 * expect: clang: "ignoring return value of function declared with 'nodiscard' attribute"
 */
#include <murre/process.h>

void reap(void)
{
	struct no_sleep cs = {};

	process_tree_lock_(&process_tree, cs);
}
