/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes 64 bits where the program has room for 32: what lies behind the number in its memory is overwritten.
 * expect: gcc: "user type mismatch"
 * expect: clang: "user type mismatch"
 */
#include <murre/syscall.h>

result(unit) tell_count(user_out_int to, uint64_t count, struct can_sleep cs)
{
	return copy_out(to, &count);
}
