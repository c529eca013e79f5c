/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts an inode that is still being filled in under a name that others can look up.
 * Linux: commit b231509616fe: udf put a new inode into the inode cache before it was set up and locked, so
 * that NFS could get a second one with the same number.
 * expect: gcc: "incompatible type for argument 2 of 'dentry_set_inode'"
 * expect: clang: "to parameter of incompatible type 'inode_ref'"
 */
#include <murre/inode.h>

result(unit) make(struct superblock *sb, struct inode *dir, struct new_name *n)
{
	RETURNS(unit);
	own(inode_draft, i, TRY(inode_new(sb, dir, S_IFREG | 0644)));

	dentry_set_inode(n, give(i));
	at(i)->private = sb;
	return DONE;
}
