/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies the program's open_how into the kernel's idea of another structure: types and sizes differ.
 * expect: gcc: "user type mismatch"
 * expect: clang: "user type mismatch"
 */
#include <murre/syscall.h>

result(unit) read_how(user_in_abi_open_how how, struct can_sleep cs)
{
	abi_clone_args args;

	return copy_in(&args, how);
}
