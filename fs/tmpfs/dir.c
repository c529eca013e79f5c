/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories of tmpfs. A name's place in its directory is its cookie, given out upwards and never again, so that a
 * listing that goes on after names came and went neither repeats nor skips one that stayed. Every verb runs with the
 * directory's mutex held; what may fail (memory, limits) comes before the first change.
 */
#include "tmpfs.h"
#include <murre/string.h>
#include <linux/fs.h>

#define NAME_SIZE_SHOWN 20		/* bytes that a name adds to a directory's size in stat(2) */

static struct tmpfs_names *names_of(struct inode *dir) { return &tmpfs_inode_of_inode(dir)->names; }

/* A place in the directory for a dentry, which is to know it: its cookie. ENOMEM. */
static result(uint64_t) name_add(struct inode *dir, void *dentry)
{
	RETURNS(uint64_t);
	struct tmpfs_names *n = names_of(dir);

	TRY(radix_put(&n->by_cookie, n->next_cookie, dentry));
	n->count++;
	return OK(uint64_t, n->next_cookie++);
}

static void name_remove(struct inode *dir, uint64_t cookie)
{
	struct tmpfs_names *n = names_of(dir);

	radix_take(&n->by_cookie, cookie);
	n->count--;
}

/* Making names. ---------------------------------------------------------------------------------------------------- */

static result(unit) name_make(struct inode *dir, struct new_name *n, inode_draft draft_)
{
	RETURNS(unit);
	own(inode_draft, draft, give(draft_));
	uint64_t cookie = TRY(name_add(dir, n));

	inode_touch_modify(dir);
	dentry_set_inode(n, inode_publish(give(draft)))->cookie = cookie;
	return DONE;
}

static result(unit) tmpfs_create(struct inode *dir, struct new_name *n, mode_bits mode, dev_nr rdev, struct can_sleep cs)
{
	RETURNS(unit);
	own(inode_draft, draft, TRY(tmpfs_inode_new(dir->sb, dir, mode, rdev)));

	return name_make(dir, n, give(draft));
}

static result(unit) tmpfs_mkdir(struct inode *dir, struct new_name *n, mode_bits mode, struct can_sleep cs)
{
	RETURNS(unit);
	own(inode_draft, draft, TRY(tmpfs_inode_new(dir->sb, dir, S_IFDIR | mode, 0)));

	TRY(name_make(dir, n, give(draft)));
	inode_nlink_add(dir, 1);
	return DONE;
}

static result(unit) tmpfs_symlink(struct inode *dir, struct new_name *n, const char *target, struct can_sleep cs)
{
	RETURNS(unit);
	size_t bytes = strlen(target) + 1;
	own(bytes_box, text, TRY(bytes_box_new(bytes)));
	own(inode_draft, draft, TRY(tmpfs_inode_new(dir->sb, dir, S_IFLNK | 0777, 0)));

	memcpy(at(text), target, bytes);
	at(draft)->link_text = into_raw(give(text));
	return name_make(dir, n, give(draft));
}

static result(unit) tmpfs_link(struct inode *dir, struct new_name *n, struct inode *target, struct can_sleep cs)
{
	RETURNS(unit);
	uint64_t cookie = TRY(name_add(dir, n));

	inode_nlink_add(target, 1);
	inode_touch_change(target);
	inode_touch_modify(dir);
	dentry_set_inode(n, inode_share(target))->cookie = cookie;
	return DONE;
}

static result(inode_ref) tmpfs_tmpfile(struct inode *dir, mode_bits mode, struct can_sleep cs)
{
	RETURNS(inode_ref);
	own(inode_draft, draft, TRY(tmpfs_inode_new(dir->sb, dir, mode, 0)));

	at(draft)->nlink = 0;
	return OK(inode_ref, inode_publish(give(draft)));
}

/* Removing and moving names. --------------------------------------------------------------------------------------- */

static result(unit) tmpfs_unlink(struct inode *dir, struct dentry *d, struct can_sleep cs)
{
	name_remove(dir, d->cookie);
	inode_touch_modify(dir);
	inode_touch_change(d->inode);
	inode_nlink_add(d->inode, -1);
	return DONE;
}

static result(unit) tmpfs_rmdir(struct inode *dir, struct dentry *d, struct can_sleep cs)
{
	if (names_of(d->inode)->count)
		return unit_result(ENOTEMPTY);
	inode_nlink_add(d->inode, -1);
	inode_nlink_add(dir, -1);
	return tmpfs_unlink(dir, d, cs);
}

static void nlink_of_parents(struct inode *from, struct inode *to, const struct inode *moved)
{
	if (from != to && inode_is(moved, S_IFDIR)) {
		inode_nlink_add(from, -1);
		inode_nlink_add(to, 1);
	}
}

static void rename_stamp(struct inode *from, struct inode *to, struct inode *moved, struct inode *other)
{
	nsec_t now = inode_now();

	from->times.modify = from->times.change = to->times.modify = to->times.change = moved->times.change = now;
	if (other)
		other->times.change = now;
}

static result(unit) tmpfs_exchange(struct inode *from, struct dentry *d, struct inode *to, struct dentry *e)
{
	RETURNS(unit);
	uint64_t d_old = d->cookie, e_old = e->cookie;

	uint64_t d_new = TRY(name_add(to, d));
	attempt(e_new, err, name_add(from, e));
	if (err) {
		name_remove(to, d_new);
		return FAIL(err);
	}
	d->cookie = d_new;
	e->cookie = e_new;
	name_remove(from, d_old);
	name_remove(to, e_old);
	nlink_of_parents(from, to, d->inode);
	nlink_of_parents(to, from, e->inode);
	rename_stamp(from, to, d->inode, e->inode);
	return DONE;
}

static result(unit) tmpfs_rename(struct inode *from, struct dentry *d, struct inode *to, struct dentry *replaced,
				 unsigned flags, struct can_sleep cs)
{
	RETURNS(unit);
	uint64_t old = d->cookie;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return FAIL(EINVAL);
	if (flags & RENAME_EXCHANGE)
		return tmpfs_exchange(from, d, to, replaced);
	if (replaced && inode_is(replaced->inode, S_IFDIR) && names_of(replaced->inode)->count)
		return FAIL(ENOTEMPTY);
	d->cookie = TRY(name_add(to, d));
	name_remove(from, old);
	if (replaced)
		TRY(inode_is(replaced->inode, S_IFDIR) ? tmpfs_rmdir(to, replaced, cs) : tmpfs_unlink(to, replaced, cs));
	nlink_of_parents(from, to, d->inode);
	rename_stamp(from, to, d->inode, NULL);
	return DONE;
}

/* Reading. --------------------------------------------------------------------------------------------------------- */

static uint64_t parent_number(const struct file *f)
{
	const struct dentry *d = at(f->path);
	const struct mount *m = f->path.mount;

	while (m && d == at(m->root) && m->parent && m->parent != m && !is_none(m->point)) {
		d = at(m->point);
		m = m->parent;
	}
	return d->parent->inode->ino;
}

static result(unit) tmpfs_readdir(struct file *f, struct dir_sink *sink, struct can_sleep cs)
{
	struct tmpfs_names *n = names_of(f->inode);
	uint64_t cookie;
	struct dentry *d;

	if (sink->pos == 0 && !dir_emit(sink, ".", 1, 1, f->inode->ino, S_IFDIR))
		return DONE;
	if (sink->pos == 1 && !dir_emit(sink, "..", 2, TMPFS_FIRST_COOKIE, parent_number(f), S_IFDIR))
		return DONE;
	for (cookie = (uint64_t)sink->pos; (d = radix_next(&n->by_cookie, &cookie)); cookie++)
		if (!dir_emit(sink, d->name.bytes, d->name.length, (loff_t)cookie + 1, d->inode->ino, d->inode->mode))
			break;
	return DONE;
}

static result(loff_t) tmpfs_dir_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	RETURNS(loff_t);

	if (whence != SEEK_SET && whence != SEEK_CUR)
		return FAIL(EINVAL);
	return seek_generic(f, offset, whence, 0);
}

static result(unit) tmpfs_dir_sync(struct file *f, loff_t from, loff_t to, bool data_only, struct can_sleep cs)
{
	return DONE;
}

static void tmpfs_getattr(struct inode *i, struct kstat *st)
{
	st->has_birth = true;
	if (inode_is(i, S_IFDIR))
		st->size = (names_of(i)->count + 2) * NAME_SIZE_SHOWN;
	else if (i->link_text)
		st->size = strlen(i->link_text);
	else if (i->object)
		st->blocks = read_once(tmpfs_inode_of_inode(i)->pages) * (PAGE_SIZE / 512);
}

const struct file_ops tmpfs_dir_file_ops = {
	.readdir = tmpfs_readdir,
	.seek = tmpfs_dir_seek,
	.sync = tmpfs_dir_sync,
};

const struct inode_ops tmpfs_dir_inode_ops = {
	.create = tmpfs_create,
	.mkdir = tmpfs_mkdir,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	.getattr = tmpfs_getattr,
	.evict = tmpfs_evict,
};

const struct inode_ops tmpfs_inode_ops = {
	.getattr = tmpfs_getattr,
	.evict = tmpfs_evict,
};
