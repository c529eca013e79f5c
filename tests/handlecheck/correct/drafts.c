/* SPDX-License-Identifier: GPL-2.0-only */
/* Drafts: filled in private, published once, or discarded with the scope. */
#include <murre/cred.h>
#include <murre/file.h>

result(inode_ref) published(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_ref);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));

	at(d)->private = sb;
	return OK(inode_ref, inode_publish(give(d)));
}

result(inode_ref) published_or_discarded(struct superblock *sb, struct inode *dir, uint32_t links)
{
	RETURNS(inode_ref);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));

	if (links > 8)
		return FAIL(EMLINK);
	at(d)->nlink = links;
	return OK(inode_ref, inode_publish(give(d)));
}

result(uint64_t) used_after_publishing(struct superblock *sb, struct inode *dir)
{
	RETURNS(uint64_t);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));
	own(inode_ref, i, inode_publish(give(d)));

	at(i)->generation++;
	return OK(uint64_t, at(i)->ino);
}

result(unit) filled_by_another(kuid_t uid)
{
	RETURNS(unit);
	own(cred_draft, d, TRY(cred_draft_new()));

	TRY(cred_set_uid(at(d), uid));
	at(d)->euid = at(d)->fsuid = uid;
	cred_publish(give(d));
	return DONE;
}

static result(inode_draft) half_way(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_draft);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFDIR | 0700)));

	at(d)->nlink = 2;
	return OK(inode_draft, give(d));
}

result(unit) named(struct superblock *sb, struct inode *dir, struct new_name *n)
{
	RETURNS(unit);
	own(inode_draft, d, TRY(half_way(sb, dir)));

	dentry_set_inode(n, inode_publish(give(d)));
	return DONE;
}
