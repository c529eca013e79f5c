/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads an array of I/O pieces as if it were one of poll entries; both have eight-byte multiples, so it would
 * even work now and then.
 * expect: gcc: "user type mismatch"
 * expect: clang: "user type mismatch"
 */
#include <murre/syscall.h>

result(unit) read_pieces(abi_pollfd *to, user_in_abi_iovec from, size_t n, struct can_sleep cs)
{
	return copy_in_array(to, from, n);
}
