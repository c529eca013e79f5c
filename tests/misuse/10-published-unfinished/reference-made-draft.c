/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes credentials that others already use, as if they were still a draft.
 * expect: gcc: "discards 'const' qualifier"
 * expect: clang: "discards qualifiers"
 */
#include <murre/cred.h>

result(unit) gain(kuid_t uid)
{
	RETURNS(unit);
	own(cred_ref, c, cred_share(current_cred()));

	return cred_set_uid(at(c), uid);
}
