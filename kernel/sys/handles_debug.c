/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/murre/handles of debug kernels: how many handles of each kind there are, and which have leaked. Reading it
 * searches for them first (kernel/core/handle_leak_debug.c).
 */
#include <murre/handle_scan.h>
#include <murre/procfs.h>
#include <murre/start.h>

static result(unit) handles_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	handles_print(out);
	return DONE;
}

START_TASK(handles_file_start, needs(proc_start, handle_scan_start))
{
	static const struct proc_entry rows[] = { PROC_FILE("handles", 0400, .show = handles_show) };

	proc_register("murre", rows, array_size(rows));
}
