/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making, removing and moving names: mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2), rename(2). Order of
 * locks: the rename mutex (only where a directory moves between directories), then directories, parents before
 * children and else by address, then a directory that is to go.
 */
#include "walk.h"
#include <murre/file.h>
#include <murre/string.h>
#include <linux/fs.h>

DEFINE_GUARDED_MUTEX(rename_order, struct { char unused; }, RANK_RENAME)
static guarded(rename_order) rename_order;

/* Where a new name goes: the walk stands on its directory. EEXIST for what cannot be new. */
static result(unit) walk_to_new(struct walk *w, fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs)
{
	RETURNS(unit);

	TRY(walk_to_parent(w, dirfd, path, flags, cs));
	return unit_result(w->last_kind == LAST_NAME ? 0 : EEXIST);
}

/* The walk's last name. EEXIST; ENOENT for a trailing slash on what is no directory; EROFS. */
static result(new_name_ref) name_to_make(struct walk *w, bool is_dir, inode_mutex_locked held, struct can_sleep cs)
{
	RETURNS(new_name_ref);
	own(new_name_ref, n, TRY(name_new(TRY(dentry_lookup_locked(w->dentry, w->last, held, cs)))));

	if (!is_dir && walk_has_trailing_slash(w))
		return FAIL(ENOENT);
	TRY(mount_want_write(w->mount));
	return OK(new_name_ref, give(n));
}

static result(unit) may_create(struct inode *dir)
{
	if (read_once(dir->flags) & INODE_DEAD)
		return unit_result(ENOENT);
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* A directory with the sticky bit lets only owners take names away (inode(7)). */
static bool is_sticky_for(const struct inode *dir, const struct inode *victim)
{
	kuid_t me = current_cred()->fsuid;

	return dir->mode & S_ISVTX && !kuid_equal(victim->uid, me) && !kuid_equal(dir->uid, me) && !capable(CAP_FOWNER);
}

static result(unit) may_delete(struct inode *dir, const struct dentry *d, bool is_dir)
{
	RETURNS(unit);

	TRY(inode_permission(dir, MAY_WRITE | MAY_EXEC));
	if (is_sticky_for(dir, d->inode))
		return FAIL(EPERM);
	if (is_dir && !inode_is(d->inode, S_IFDIR))
		return FAIL(ENOTDIR);
	if (!is_dir && inode_is(d->inode, S_IFDIR))
		return FAIL(EISDIR);
	if (is_dir && dentry_is_root(d))
		return FAIL(EBUSY);
	return unit_result(read_once(dir->flags) & INODE_DEAD ? ENOENT : 0);
}

static mode_bits masked(mode_bits mode) { return mode & ~read_once(walk_context()->umask); }

/* Making. ---------------------------------------------------------------------------------------------------------- */

result(unit) path_mkdir(fd_t dirfd, const char *path, mode_bits mode, struct can_sleep cs)
{
	RETURNS(unit);
	own_walk(w);

	TRY(walk_to_new(&w, dirfd, path, LOOKUP_DIRECTORY, cs));
	struct inode *dir = w.dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	own(new_name_ref, n, TRY(name_to_make(&w, true, held, cs)));
	TRY(may_create(dir));
	return dir->ops->mkdir ? dir->ops->mkdir(dir, at(n), masked(mode & 01777), cs) : FAIL(EPERM);
}

result(unit) path_mknod(fd_t dirfd, const char *path, mode_bits mode, dev_nr dev, struct can_sleep cs)
{
	RETURNS(unit);
	bool is_device = S_ISCHR(mode) || S_ISBLK(mode);
	own_walk(w);

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (S_ISDIR(mode))
		return FAIL(EPERM);
	if (!S_ISREG(mode) && !is_device && !S_ISFIFO(mode) && !S_ISSOCK(mode))
		return FAIL(EINVAL);
	TRY(walk_to_new(&w, dirfd, path, 0, cs));
	struct inode *dir = w.dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	own(new_name_ref, n, TRY(name_to_make(&w, false, held, cs)));
	TRY(may_create(dir));
	if (is_device && !capable(CAP_MKNOD))
		return FAIL(EPERM);
	mode = (mode & S_IFMT) | masked(mode & 07777);
	return dir->ops->create ? dir->ops->create(dir, at(n), mode, is_device ? dev : 0, cs) : FAIL(EPERM);
}

result(unit) path_symlink(const char *target, fd_t dirfd, const char *path, struct can_sleep cs)
{
	RETURNS(unit);
	own_walk(w);

	TRY(walk_to_new(&w, dirfd, path, 0, cs));
	struct inode *dir = w.dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	own(new_name_ref, n, TRY(name_to_make(&w, false, held, cs)));
	TRY(may_create(dir));
	return dir->ops->symlink ? dir->ops->symlink(dir, at(n), target, cs) : FAIL(EPERM);
}

static result(unit) may_link(struct walk *w, const path_ref *from)
{
	struct inode *i = path_inode(from);

	if (from->mount != w->mount)
		return unit_result(EXDEV);
	if (!w->dentry->inode->ops->link || inode_is(i, S_IFDIR))
		return unit_result(EPERM);
	if (read_once(i->nlink) == 0 && !(read_once(i->flags) & INODE_LINKABLE))
		return unit_result(ENOENT);
	return DONE;
}

result(unit) path_link(fd_t from_dir, const char *from_path, fd_t to_dir, const char *to, unsigned flags, struct can_sleep cs)
{
	RETURNS(unit);
	own(path_ref, from, TRY(path_lookup(from_dir, from_path, flags, cs)));
	own_walk(w);

	TRY(walk_to_new(&w, to_dir, to, 0, cs));
	struct inode *dir = w.dentry->inode, *i = path_inode(&from);
	hold_mutex(inode_mutex, held, &dir->mutex);
	own(new_name_ref, n, TRY(name_to_make(&w, false, held, cs)));
	if (from.mount != w.mount)
		return FAIL(EXDEV);
	TRY(may_create(dir));
	TRY(may_link(&w, &from));
	TRY(dir->ops->link(dir, at(n), i, cs));
	i->flags &= ~(uint32_t)INODE_LINKABLE;
	return DONE;
}

/* Removing. -------------------------------------------------------------------------------------------------------- */

/* The dentry of the walk's last name, which must exist. */
static result(dentry_ref) name_to_remove(struct walk *w, inode_mutex_locked held, struct can_sleep cs)
{
	RETURNS(dentry_ref);

	return name_found(TRY(dentry_lookup_locked(w->dentry, w->last, held, cs)));
}

result(unit) path_unlink(fd_t dirfd, const char *path, struct can_sleep cs)
{
	RETURNS(unit);
	own_walk(w);
	/* Declared before the lock: what goes with the last name (its pages) goes outside of it. */
	own(dentry_ref, d, none(dentry_ref));

	TRY(walk_to_parent(&w, dirfd, path, 0, cs));
	if (w.last_kind != LAST_NAME)
		return FAIL(EISDIR);
	TRY(mount_want_write(w.mount));
	struct inode *dir = w.dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	d = TRY(name_to_remove(&w, held, cs));
	if (walk_has_trailing_slash(&w))
		return FAIL(inode_is(at(d)->inode, S_IFDIR) ? EISDIR : ENOTDIR);
	TRY(may_delete(dir, at(d), false));
	if (!dir->ops->unlink)
		return FAIL(EPERM);
	if (at(d)->flags & DENTRY_MOUNTED)
		return FAIL(EBUSY);
	TRY(dir->ops->unlink(dir, at(d), cs));
	dentry_forget(at(d));
	return DONE;
}

/* With the directory's mutex held; takes the victim's too, so that nothing is made in it meanwhile. */
static result(unit) dir_remove(struct inode *dir, struct dentry *d, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex_nested(inode_mutex, held, &d->inode->mutex, 2);

	if (d->flags & DENTRY_MOUNTED)
		return FAIL(EBUSY);
	TRY(dir->ops->rmdir(dir, d, cs));
	d->inode->flags |= INODE_DEAD;
	return DONE;
}

result(unit) path_rmdir(fd_t dirfd, const char *path, struct can_sleep cs)
{
	RETURNS(unit);
	own_walk(w);
	own(dentry_ref, d, none(dentry_ref));

	TRY(walk_to_parent(&w, dirfd, path, 0, cs));
	if (w.last_kind != LAST_NAME)
		return FAIL(w.last_kind == LAST_DOT ? EINVAL : w.last_kind == LAST_DOTDOT ? ENOTEMPTY : EBUSY);
	TRY(mount_want_write(w.mount));
	struct inode *dir = w.dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	d = TRY(name_to_remove(&w, held, cs));
	TRY(may_delete(dir, at(d), true));
	if (!dir->ops->rmdir)
		return FAIL(EPERM);
	TRY(dir_remove(dir, at(d), cs));
	dentry_forget(at(d));
	return DONE;
}

/* Moving. ---------------------------------------------------------------------------------------------------------- */

struct rename {
	struct walk *from, *to;
	dentry_ref source;
	name_lookup target;
	dentry_ref replaced;		/* none: the target is new */
	unsigned flags;
};
static void rename_end(struct rename *r)
{
	drop(dentry_ref, r->source);
	drop(name_lookup, r->target);
	drop(dentry_ref, r->replaced);
}

/* Finds both names and refuses what cannot be, with the directories locked. */
static result(unit) rename_names(struct rename *r, inode_mutex_locked from, inode_mutex_locked to, struct can_sleep cs)
{
	RETURNS(unit);

	put_in(r->source, TRY(name_to_remove(r->from, from, cs)));
	put_in(r->target, TRY(dentry_lookup_locked(r->to->dentry, r->to->last, to, cs)));
	put_in(r->replaced, name_peek(&r->target));
	struct dentry *source = at(r->source), *replaced = at(r->replaced);

	if (r->flags & RENAME_NOREPLACE && replaced)
		return FAIL(EEXIST);
	if (r->flags & RENAME_EXCHANGE) {
		if (!replaced)
			return FAIL(ENOENT);
		if (!inode_is(replaced->inode, S_IFDIR) && walk_has_trailing_slash(r->to))
			return FAIL(ENOTDIR);
	}
	if (!inode_is(source->inode, S_IFDIR)) {
		if (walk_has_trailing_slash(r->from))
			return FAIL(ENOTDIR);
		if (!(r->flags & RENAME_EXCHANGE) && walk_has_trailing_slash(r->to))
			return FAIL(ENOTDIR);
	}
	/* Into itself, or over what it lies in: only between directories, where rename_order keeps the way up still. */
	if (r->from->dentry == r->to->dentry)
		return DONE;
	if (dentry_is_below(r->to->dentry, source))
		return FAIL(EINVAL);
	if (replaced && dentry_is_below(r->from->dentry, replaced))
		return FAIL(r->flags & RENAME_EXCHANGE ? EINVAL : ENOTEMPTY);
	return DONE;
}

static result(unit) rename_permitted(const struct rename *r)
{
	RETURNS(unit);
	struct inode *from = r->from->dentry->inode, *to = r->to->dentry->inode;
	const struct dentry *source = at(r->source), *replaced = at(r->replaced);
	bool is_dir = inode_is(source->inode, S_IFDIR), exchanges = r->flags & RENAME_EXCHANGE;

	TRY(may_delete(from, source, is_dir));
	if (!replaced)
		TRY(may_create(to));
	else
		TRY(may_delete(to, replaced, exchanges ? inode_is(replaced->inode, S_IFDIR) : is_dir));
	if (!from->ops->rename)
		return FAIL(EPERM);
	/* A directory that gets another parent is written itself: its "..". */
	if (from != to && is_dir)
		TRY(inode_permission(source->inode, MAY_WRITE));
	if (from != to && exchanges && inode_is(replaced->inode, S_IFDIR))
		TRY(inode_permission(replaced->inode, MAY_WRITE));
	if ((source->flags | (replaced ? replaced->flags : 0)) & DENTRY_MOUNTED)
		return FAIL(EBUSY);
	return DONE;
}

static result(unit) rename_replace_dir(struct rename *r, struct can_sleep cs)
{
	RETURNS(unit);
	struct inode *from = r->from->dentry->inode, *victim = at(r->replaced)->inode;
	hold_mutex_nested(inode_mutex, held, &victim->mutex, 2);

	TRY(from->ops->rename(from, at(r->source), r->to->dentry->inode, at(r->replaced), r->flags, cs));
	victim->flags |= INODE_DEAD;
	return DONE;
}

static result(unit) rename_locked(struct rename *r, inode_mutex_locked from, inode_mutex_locked to, struct can_sleep cs)
{
	RETURNS(unit);
	struct inode *from_dir = r->from->dentry->inode, *to_dir = r->to->dentry->inode;

	TRY(rename_names(r, from, to, cs));
	struct dentry *source = at(r->source), *replaced = at(r->replaced);
	if (replaced && source->inode == replaced->inode)
		return DONE;
	TRY(rename_permitted(r));
	own(name_block_box, block, TRY(name_block_for(name_text(&r->target))));
	if (r->flags & RENAME_EXCHANGE) {
		TRY(from_dir->ops->rename(from_dir, source, to_dir, replaced, r->flags, cs));
		dentry_exchange(source, replaced);
		return DONE;
	}
	if (replaced && inode_is(replaced->inode, S_IFDIR))
		TRY(rename_replace_dir(r, cs));
	else
		TRY(from_dir->ops->rename(from_dir, source, to_dir, replaced, r->flags, cs));
	dentry_move(source, &r->target, give(block));
	return DONE;
}

static result(unit) rename_within(struct rename *r, struct can_sleep cs)
{
	hold_mutex(inode_mutex, held, &r->from->dentry->inode->mutex);
	return rename_locked(r, held, held, cs);
}

static result(unit) rename_across(struct rename *r, struct can_sleep cs)
{
	struct dentry *from = r->from->dentry, *to = r->to->dentry;
	hold_mutex(rename_order, order, &rename_order);
	bool to_first = dentry_is_below(from, to) || (!dentry_is_below(to, from) && to < from);
	struct inode *outer = (to_first ? to : from)->inode, *inner = (to_first ? from : to)->inode;
	hold_mutex(inode_mutex, first, &outer->mutex);
	hold_mutex_nested(inode_mutex, second, &inner->mutex, 1);

	return to_first ? rename_locked(r, second, first, cs) : rename_locked(r, first, second, cs);
}

result(unit) path_rename(fd_t from_dir, const char *from_path, fd_t to_dir, const char *to_path, unsigned flags,
			 struct can_sleep cs)
{
	RETURNS(unit);
	own_walk(from);
	own_walk(to);
	defer(rename_end, struct rename, r, (struct rename){ .from = &from, .to = &to, .flags = flags });

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return FAIL(EINVAL);
	if (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))
		return FAIL(EINVAL);
	TRY(walk_to_parent(&from, from_dir, from_path, 0, cs));
	TRY(walk_to_parent(&to, to_dir, to_path, 0, cs));
	if (from.mount != to.mount)
		return FAIL(EXDEV);
	if (from.last_kind != LAST_NAME)
		return FAIL(EBUSY);
	if (to.last_kind != LAST_NAME)
		return FAIL(flags & RENAME_NOREPLACE ? EEXIST : EBUSY);
	TRY(mount_want_write(from.mount));
	return from.dentry == to.dentry ? rename_within(&r, cs) : rename_across(&r, cs);
}
