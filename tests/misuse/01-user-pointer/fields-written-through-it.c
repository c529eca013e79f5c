/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fills a structure of the program by writing through the address that the program gave.
 * Linux: CVE-2017-5123: waitid(2) wrote the fields of siginfo one by one to the program's pointer without
 * access_ok(), so that a kernel address was as good as any.
 * expect: gcc: "invalid type argument of '->'"
 * expect: clang: "member reference type 'user_abi_siginfo' (aka 'struct abi_siginfo_user') is not a pointer"
 */
#include <murre/process.h>
#include <murre/syscall.h>

result(unit) tell_child(user_abi_siginfo info, const struct wait_answer *a)
{
	info->bytes[0] = SIGCHLD;
	info->bytes[16] = (unsigned char)a->status;
	return DONE;
}
