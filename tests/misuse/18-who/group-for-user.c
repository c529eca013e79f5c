/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares a user with a group.
 * expect: gcc: "incompatible type for argument 2 of 'kuid_equal'"
 * expect: clang: "passing 'kgid_t' to parameter of incompatible type 'kuid_t'"
 */
#include <murre/cred.h>

bool may_change(const struct cred *c, kgid_t owner)
{
	return kuid_equal(c->fsuid, owner);
}
