/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies to the program, which may fault and wait for a disk, under a spin lock.
 * expect: gcc: "incompatible type for argument 4 of 'user_write_sized'"
 * expect: clang: "to parameter of incompatible type 'struct can_sleep'"
 */
#include <murre/process.h>
#include <murre/syscall.h>

result(unit) tell_status(struct process *p, user_int to, struct can_sleep cs)
{
	for (;;) {
		hold(process_tree, t, &process_tree);
		int status = family(t, p)->exit_status;

		return copy_out(to, &status);
	}
}
