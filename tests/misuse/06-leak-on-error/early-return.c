/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds a reference in a plain variable; the early return in between forgets it.
 * Linux: CVE-2016-0728: join_session_keyring() returned early when the keyring was the one in use already and
 * kept the reference, until the count overflowed.
 * expect: checker: "'a' may own and has no guard: declare it with own() [handle-unguarded]"
 */
#include <murre/cred.h>

result(user_account_ref) join(kuid_t uid, const struct user_account *mine)
{
	RETURNS(user_account_ref);
	user_account_ref a = TRY(user_account_find(uid));

	if (at(a) == mine)
		return FAIL(EBUSY);
	return OK(user_account_ref, give(a));
}
