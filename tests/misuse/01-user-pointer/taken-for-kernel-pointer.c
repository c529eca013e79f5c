/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hands the address of a timespec of the program to code that wants one of the kernel.
 * Linux: CVE-2014-0038: the x32 recvmmsg(2) cast the timeout away from its __user type and passed it on as a
 * kernel pointer, which the kernel then wrote to.
 * expect: gcc: "incompatible type for argument 1 of 'receive_until'"
 * expect: clang: "passing 'user_timespec64' (aka 'struct timespec64_user') to parameter of incompatible type"
 */
#include <murre/syscall.h>

static result(nsec_t) receive_until(const timespec64 *timeout) { return nsec_from_timespec(*timeout); }

result(nsec_t) receive_many(user_timespec64 timeout)
{
	return receive_until(timeout);
}
