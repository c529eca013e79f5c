/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares users by ==, as numbers are.
 * expect: gcc: "invalid operands to binary =="
 * expect: clang: "invalid operands to binary expression ('const kuid_t' and 'kuid_t')"
 */
#include <murre/cred.h>

bool is_owner(const struct cred *c, kuid_t owner)
{
	return c->fsuid == owner;
}
