/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes identity without looking whether the account of the new user could be had.
 * expect: gcc: "ignoring return value of type 'struct unit_result'"
 * expect: clang: "ignoring return value of type 'unit_result'"
 */
#include <murre/cred.h>

result(long) become(kuid_t uid)
{
	own(cred_draft, d, TRY(cred_draft_new()));

	cred_set_uid(at(d), uid);
	cred_publish(give(d));
	return OK(long, 0);
}
