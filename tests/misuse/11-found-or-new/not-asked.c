/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses what a lookup came to without asking what that is.
 * expect: gcc: "invalid initializer"
 * expect: clang: "initializing 'dentry_ref' (aka 'struct dentry_ref') with an expression of incompatible type"
 */
#include <murre/inode.h>

result(dentry_ref) find(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(dentry_ref);
	own(name_lookup, l, TRY(dentry_lookup(dir, name, cs)));

	return OK(dentry_ref, give(l));
}
