/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes the kernel's own number of a user out where a number of the program's is wanted, unconverted.
 * Linux: CVE-2018-18955: with more than five ranges map_write() kept only one direction of a user namespace's
 * mapping right, so that a user of the namespace was taken for another one outside.
 * expect: gcc: "user type mismatch"
 * expect: clang: "user type mismatch"
 */
#include <murre/cred.h>
#include <murre/syscall.h>

result(unit) tell_owner(user_uint32_t to, const struct cred *c, struct can_sleep cs)
{
	return copy_out(to, &c->fsuid);
}
