/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filled first, published once; what is not published is discarded at the end of the scope.
 */
#include <murre/file.h>

result(unit) make(struct superblock *sb, struct inode *dir, struct new_name *n)
{
	RETURNS(unit);
	own(inode_draft, i, TRY(inode_new(sb, dir, S_IFREG | 0644)));

	at(i)->private = sb;
	dentry_set_inode(n, inode_publish(give(i)));
	return DONE;
}

result(unit) gain(kuid_t uid)
{
	RETURNS(unit);
	own(cred_draft, d, TRY(cred_draft_new()));

	TRY(cred_set_uid(at(d), uid));
	cred_publish(give(d));
	return DONE;
}
