/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same type on both sides, in the direction that the call has; the size follows from the type, and the
 * product of size and count is checked.
 */
#include <murre/syscall.h>

result(unit) read_how(user_in_abi_open_how how, struct can_sleep cs)
{
	abi_open_how h;

	return copy_in(&h, how);
}

result(unit) tell_count(user_out_int to, uint64_t count, struct can_sleep cs)
{
	int n = (int)min(count, (uint64_t)INT32_MAX);

	return copy_out(to, &n);
}

result(unit) read_pieces(abi_iovec *to, user_in_abi_iovec from, size_t n, struct can_sleep cs)
{
	return copy_in_array(to, from, n);
}
