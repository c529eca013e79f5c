/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mixes up two numbers that programs use: of a process and of a descriptor.
 * expect: gcc: "incompatible type for argument 2 of 'fd_get'"
 * expect: clang: "passing 'pid_nr_t' to parameter of incompatible type 'fd_t'"
 */
#include <murre/process.h>

result(process_ref) target(pid_nr_t nr)
{
	RETURNS(process_ref);
	own(file_ref, f, TRY(fd_get(current_files(), nr)));

	return pidfd_process(at(f));
}
