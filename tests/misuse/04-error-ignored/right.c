/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TRY passes the error on; where it does not matter, that is said.
 */
#include <murre/cred.h>
#include <murre/syscall.h>

result(long) tell_version(user_int to, struct can_sleep cs)
{
	int version = 1;

	TRY(copy_out(to, &version));
	return OK(long, 0);
}

result(long) become(kuid_t uid)
{
	own(cred_draft, d, TRY(cred_draft_new()));

	TRY(cred_set_uid(at(d), uid));
	cred_publish(give(d));
	return OK(long, 0);
}

void try_to_tell(user_int to, struct can_sleep cs)
{
	int version = 1;

	(void)error_of(copy_out(to, &version));
}
