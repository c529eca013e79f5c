/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the number that a program passed for a user of this kernel: nothing has looked whether it names one.
 * expect: gcc: "incompatible type for argument 2 of 'cred_set_uid'"
 * expect: clang: "passing 'unsigned int' to parameter of incompatible type 'kuid_t'"
 */
#include <murre/cred.h>

result(unit) become(struct cred *draft, unsigned uid)
{
	return cred_set_uid(draft, uid);
}
