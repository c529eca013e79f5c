/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the inode of a name that nothing stands for.
 * expect: gcc: "invalid use of undefined type 'struct new_name'"
 * expect: clang: "incomplete definition of type 'struct new_name'"
 */
#include <murre/inode.h>

result(uint64_t) number_of(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(uint64_t);
	own(new_name_ref, n, TRY(name_new(TRY(dentry_lookup(dir, name, cs)))));

	return OK(uint64_t, at(n)->inode->ino);
}
