/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who a new program acts as: set-user-id and set-group-id bits, and what becomes of capabilities. No file capabilities
 * exist here, so a file's sets are empty except for root's programs. Private drafts until exec commits. execve(2),
 * capabilities(7) "Transformation of capabilities during execve()" and "Capabilities and execution of programs by root".
 */
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include "exec.h"

static bool set_ids_count(const struct exec *e, const struct cred *old);
static void ids_apply(struct cred *c, const struct inode *i);
static void caps_apply(struct cred *c, const struct cred *old, bool ids_changed);
static bool cred_same(const struct cred *a, const struct cred *b);

result(unit) exec_cred_make(struct exec *e)
{
	RETURNS(unit);
	const struct cred *old = current_cred();
	const struct inode *i = at(at(e->image)->file)->inode;
	bool ids = i->mode & (S_ISUID | S_ISGID) && set_ids_count(e, old);
	struct cred next = *old;
	bool changed;

	if (ids)
		ids_apply(&next, i);
	changed = !kuid_equal(next.euid, next.uid) || !kgid_equal(next.egid, next.gid);
	caps_apply(&next, old, ids && (!kuid_equal(next.euid, old->euid) || !kgid_equal(next.egid, old->egid)));
	/* AT_SECURE: the program acts with other rights than its caller's real identity has. */
	e->secure = changed || (next.uid.id != 0 && (next.cap_permitted & ~next.cap_ambient) && ids);
	if (cred_same(&next, old))
		return DONE;
	put_in(e->cred, TRY(cred_draft_new()));
	struct cred *draft = at(e->cred);
	draft->euid = next.euid;
	draft->suid = draft->fsuid = next.euid;
	draft->egid = next.egid;
	draft->sgid = draft->fsgid = next.egid;
	draft->cap_permitted = next.cap_permitted;
	draft->cap_effective = next.cap_effective;
	draft->cap_ambient = next.cap_ambient;
	draft->securebits = next.securebits;
	return DONE;
}

static bool set_ids_count(const struct exec *e, const struct cred *old)
{
	const struct file *f = at(at(e->image)->file);

	return !old->no_new_privs && !(f->path.mount->flags & MS_NOSUID);
}

/* A set-group-id bit without group execution marks mandatory locking, not identity (inode(7)). */
static void ids_apply(struct cred *c, const struct inode *i)
{
	if (i->mode & S_ISUID)
		c->euid = i->uid;
	if ((i->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		c->egid = i->gid;
}

static void caps_apply(struct cred *c, const struct cred *old, bool ids_changed)
{
	bool root_rules = !(c->securebits & issecure_mask(SECURE_NOROOT));
	bool is_root = root_rules && (c->uid.id == 0 || c->euid.id == 0);

	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	if (ids_changed)
		c->cap_ambient = 0;
	c->cap_permitted = is_root ? c->cap_inheritable | c->cap_bounding : 0;
	c->cap_permitted |= c->cap_ambient;
	c->cap_effective = is_root && c->euid.id == 0 ? c->cap_permitted : c->cap_ambient;
	c->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
}

static bool cred_same(const struct cred *a, const struct cred *b)
{
	return kuid_equal(a->euid, b->euid) && kuid_equal(a->suid, b->suid) && kuid_equal(a->fsuid, b->fsuid) &&
	       kgid_equal(a->egid, b->egid) && kgid_equal(a->sgid, b->sgid) && kgid_equal(a->fsgid, b->fsgid) &&
	       a->cap_permitted == b->cap_permitted && a->cap_effective == b->cap_effective &&
	       a->cap_ambient == b->cap_ambient && a->securebits == b->securebits;
}
