/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the guard itself for the data in it.
 * expect: gcc: "has no member named 'threads'"
 * expect: clang: "no member named 'threads'"
 */
#include <murre/process.h>

unsigned processes_running(void)
{
	return process_tree.threads;
}
