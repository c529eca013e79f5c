/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both are handled: what is found is read, what is new is made, and then it is found.
 */
#include <murre/inode.h>

result(dentry_ref) make(struct dentry *dir, struct name name, inode_mutex_locked held, struct can_sleep cs)
{
	RETURNS(dentry_ref);
	own(name_lookup, l, TRY(dentry_lookup_locked(dir, name, held, cs)));

	switch (name_kind(&l)) {
	case NAME_FOUND:
		return name_found(give(l));
	case NAME_NEW: {
		own(new_name_ref, n, TRY(name_new(give(l))));
		TRY(dir->inode->ops->create(dir->inode, at(n), S_IFREG | 0644, 0, cs));
		return name_made(give(n));
	}
	}
	return FAIL(EIO);
}

result(uint64_t) number_of(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(uint64_t);
	own(dentry_ref, d, TRY(name_found(TRY(dentry_lookup(dir, name, cs)))));

	return OK(uint64_t, at(d)->inode->ino);
}
