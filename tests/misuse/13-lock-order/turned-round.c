/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes two locks against the order of their ranks: whoever takes them the other way round waits for ever.
 * Linux: CVE-2026-43319: spidev took buf_lock and spi_lock in one order in read and write and in the other in
 * ioctl.
 * expect: checker: "process_tree (rank 88) is taken while process_signals (rank 90) is held since"
 */
#include <murre/process.h>

unsigned count(struct process *p)
{
	hold(process_signals, s, &p->signals);
	hold_also(process_tree, t, &process_tree);

	return in(s)->thread_count + in(t)->threads;
}
