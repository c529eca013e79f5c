/* SPDX-License-Identifier: GPL-2.0-only */
/* Drafts that are used, or published again, once they are public. */
#include <murre/cred.h>
#include <murre/inode.h>

result(inode_ref) changed_afterwards(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_ref);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));
	own(inode_ref, i, inode_publish(give(d)));

	at(d)->private = sb; // wrong: [handle-moved]
	return OK(inode_ref, give(i));
}

result(inode_ref) changed_by_an_old_pointer(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_ref);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));
	struct inode *raw = at(d);
	own(inode_ref, i, inode_publish(give(d)));

	raw->private = sb; // wrong: [draft-published]
	return OK(inode_ref, give(i));
}

result(unit) published_twice(kuid_t uid)
{
	RETURNS(unit);
	own(cred_draft, d, TRY(cred_draft_new()));

	cred_publish(give(d));
	TRY(cred_set_uid(at(d), uid)); // wrong: [handle-moved]
	cred_publish(give(d));
	return DONE;
}

result(unit) published_in_a_loop(struct superblock *sb, struct inode *dir, struct new_name *names[], unsigned n)
{
	RETURNS(unit);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));

	for (unsigned i = 0; i < n; i++)
		dentry_set_inode(names[i], inode_publish(give(d))); // wrong: [handle-moved]
	return DONE;
}

result(unit) pointer_kept_over_publishing(kuid_t uid)
{
	RETURNS(unit);
	own(cred_draft, d, TRY(cred_draft_new()));
	struct cred *raw = at(d);

	TRY(cred_set_uid(raw, uid));
	cred_publish(give(d));
	raw->euid = uid; // wrong: [draft-published]
	return DONE;
}

result(inode_draft) copied_and_published(struct superblock *sb, struct inode *dir)
{
	RETURNS(inode_draft);
	own(inode_draft, d, TRY(inode_new(sb, dir, S_IFREG | 0600)));
	own(inode_ref, i, inode_publish(d)); // wrong: [handle-copied]

	return OK(inode_draft, give(d));
}
