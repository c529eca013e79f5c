/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a file under a name that something has already.
 * expect: gcc: "passing argument 2 of 'dir->inode->ops->create' from incompatible pointer type"
 * expect: clang: "incompatible pointer types passing 'struct dentry *' to parameter of type 'struct new_name *'"
 */
#include <murre/inode.h>

result(unit) make(struct dentry *dir, struct name name, inode_mutex_locked held, struct can_sleep cs)
{
	RETURNS(unit);
	own(name_lookup, l, TRY(dentry_lookup_locked(dir, name, held, cs)));
	own(dentry_ref, d, TRY(name_found(give(l))));

	return dir->inode->ops->create(dir->inode, at(d), S_IFREG | 0644, 0, cs);
}
