/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a reference just to look at something, and nobody gives it back.
 * Linux: CVE-2014-2851: ping_init_sock() took a reference to the caller's groups to compare them and never
 * dropped it; the count overflowed.
 * expect: checker: "a handle is dropped: take it with own()"
 */
#include <murre/cred.h>

bool may_ping(kuid_t uid)
{
	return !error_of(user_account_find(uid));
}
