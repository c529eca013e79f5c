/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Publishes the same draft for each of several names.
 * expect: checker: "used after give(): move it once, or take a second reference [handle-moved]"
 */
#include <murre/inode.h>

result(unit) name_all(struct superblock *sb, struct inode *dir, struct new_name *names[], unsigned n)
{
	RETURNS(unit);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0644)));

	for (unsigned i = 0; i < n; i++)
		dentry_set_inode(names[i], inode_publish(give(d)));
	return DONE;
}
