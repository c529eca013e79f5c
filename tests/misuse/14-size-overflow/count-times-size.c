/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocates room for as many elements as the program says, by a product that may wrap.
 * expect: checker: "this product of what a program gave may wrap: size_mul() or array_bytes(), or compare with a bound first [user-arithmetic]"
 */
#include <murre/slab.h>
#include <murre/syscall.h>

SYSCALL(readv, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	own(bytes_box, list, TRY(bytes_box_new(count * sizeof(abi_iovec))));

	TRY(copy_in_array((abi_iovec *)at(list), vec, count));
	return OK(long, 0);
}
