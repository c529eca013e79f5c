/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals a number where a process is wanted: by now it may be another one's.
 * expect: gcc: "incompatible type for argument 1 of 'signal_send_process'"
 * expect: clang: "passing 'pid_nr_t' to parameter of incompatible type"
 */
#include <murre/process.h>

result(unit) end(pid_nr_t nr, const struct signal_info *i)
{
	return signal_send_process(nr, i);
}
