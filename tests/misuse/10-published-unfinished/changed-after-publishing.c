/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Goes on filling an inode in, by an old pointer, when others can see it already.
 * expect: checker: "'raw' used after its draft 'd' was given away: go through the new handle [draft-published]"
 */
#include <murre/inode.h>

result(inode_ref) make(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_ref);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0644)));
	struct inode *raw = at(d);
	own(inode_ref, i, inode_publish(give(d)));

	raw->private = sb;
	return OK(inode_ref, give(i));
}
