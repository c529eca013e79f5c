/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies by value, out of the program's memory and into it; what was copied is checked and used, not the
 * original.
 */
#include <murre/process.h>
#include <murre/syscall.h>

result(unit) tell_child(user_abi_siginfo info, const struct wait_answer *a, struct can_sleep cs)
{
	abi_siginfo s = {};

	s.bytes[0] = SIGCHLD;
	s.bytes[16] = (unsigned char)a->status;
	return copy_out(info, &s);
}

result(nsec_t) receive_until(user_timespec64 timeout, struct can_sleep cs)
{
	RETURNS(nsec_t);
	timespec64 ts;

	TRY(copy_in(&ts, timeout));
	return nsec_from_timespec(ts);
}
