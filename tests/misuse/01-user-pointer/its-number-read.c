/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks into a user pointer to get at the address and make a pointer of it.
 * expect: gcc: "attempt to use poisoned "usr_addr_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/syscall.h>

int first_word(user_int u)
{
	return *(int *)u.usr_addr_;
}
