/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening files by path: open(2), openat2(2). Flags were checked by the call layer. A name is found or made, permission is
 * checked, then the object's own open verb fills the file; a file that exists is cut to nothing last.
 */
#include "file_life.h"
#include "walk.h"
#include <murre/pipe.h>
#include <murre/text.h>

static never_inline result(file_ref) open_create(file_draft d, fd_t dirfd, const char *path, uint32_t flags, mode_bits mode,
				    unsigned lookup, struct can_sleep cs);
static never_inline result(file_ref) open_tmpfile(file_draft d, path_ref dir, uint32_t flags, mode_bits mode, struct can_sleep cs);
static result(file_ref) open_place(file_draft d, path_ref p, uint32_t flags, bool created, struct can_sleep cs);
static result(unit) may_open(struct inode *i, const struct mount *m, uint32_t flags);
static result(unit) open_inode(struct inode *i, struct file *f, struct can_sleep cs);

result(file_ref) file_open(fd_t dirfd, const char *path, uint32_t flags, mode_bits mode, unsigned resolve, struct can_sleep cs)
{
	RETURNS(file_ref);
	unsigned lookup = resolve | (flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0) | (flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	own(file_draft, d, TRY(file_draft_new(flags)));

	if (unlikely((flags & O_CREAT) && !(flags & O_PATH)))
		return open_create(give(d), dirfd, path, flags, mode, lookup, cs);
	own(path_ref, p, TRY(path_lookup(dirfd, path, lookup, cs)));
	if (unlikely((flags & O_TMPFILE) == O_TMPFILE))
		return open_tmpfile(give(d), give(p), flags, mode, cs);
	return open_place(give(d), give(p), flags, false, cs);
}

result(file_ref) file_open_path(path_ref p_, uint32_t flags, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(path_ref, p, give(p_));
	own(file_draft, d, TRY(file_draft_new(flags)));

	return open_place(give(d), give(p), flags, false, cs);
}

result(file_ref) file_open_exec(path_ref p_, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(path_ref, p, give(p_));
	struct inode *i = path_inode(&p);

	if (!inode_is(i, S_IFREG) || p.mount->flags & MS_NOEXEC)
		return FAIL(EACCES);
	TRY(inode_permission(i, MAY_EXEC));
	own(file_draft, d, TRY(file_draft_new(O_RDONLY)));
	struct file *f = at(d);

	put_in(f->path, give(p));
	f->inode = i;
	f->ops = i->file_ops;
	TRY(open_inode(i, f, cs));
	own(file_ref, opened, file_publish(give(d)));
	TRY(inode_deny_write(i));
	return OK(file_ref, give(opened));
}

/* Making names. ---------------------------------------------------------------------------------------------------- */

/* The dentry of the walk's last name; made if it did not exist, and then *created. */
static result(dentry_ref) find_or_create(struct walk *w, mode_bits mode, bool *created, struct can_sleep cs)
{
	RETURNS(dentry_ref);
	struct inode *dir = w->dentry->inode;
	hold_mutex(inode_mutex, held, &dir->mutex);
	own(name_lookup, l, TRY(dentry_lookup_locked(w->dentry, w->last, held, cs)));

	if (name_kind(&l) == NAME_FOUND)
		return name_found(give(l));
	own(new_name_ref, n, TRY(name_new(give(l))));
	TRY(mount_want_write(w->mount));
	TRY(inode_permission(dir, MAY_WRITE | MAY_EXEC));
	if (!dir->ops->create)
		return FAIL(EACCES);
	TRY(dir->ops->create(dir, at(n), S_IFREG | (mode & 07777 & ~walk_context()->umask), 0, cs));
	*created = true;
	return name_made(give(n));
}

/* The cached dentry of a name that exists; none: look under the directory's mutex. */
static dentry_ref find_existing(struct walk *w, struct can_sleep cs)
{
	own(name_lookup, l, value_or(dentry_lookup(w->dentry, w->last, cs), none(name_lookup)));

	return is_none(l) ? none(dentry_ref) : value_or(name_found(give(l)), none(dentry_ref));
}

static never_inline result(file_ref) open_create(file_draft draft, fd_t dirfd, const char *path, uint32_t flags, mode_bits mode,
				    unsigned lookup, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(file_draft, f, give(draft));
	own_walk(w);
	bool created = false;

	TRY(walk_to_parent(&w, dirfd, path, lookup, cs));
	for (;;) {
		if (w.last_kind != LAST_NAME && (flags & O_EXCL || inode_is(w.dentry->inode, S_IFDIR)))
			return FAIL(flags & O_EXCL ? EEXIST : EISDIR);
		if (w.last_kind != LAST_NAME)		/* a link led to a file by itself (/proc/self/fd/1) */
			return open_place(give(f), path_share(w.mount, w.dentry), flags, false, cs);
		if (walk_has_trailing_slash(&w))
			return FAIL(EISDIR);
		own(dentry_ref, d, find_existing(&w, cs));
		if (is_none(d))
			d = TRY(find_or_create(&w, mode, &created, cs));
		invariant(at(d)->inode);	/* both look-ups hand out what exists */
		if (!created && flags & O_EXCL)
			return FAIL(EEXIST);
		if (!inode_is(at(d)->inode, S_IFLNK) || flags & O_NOFOLLOW) {
			own(path_ref, p, walk_child_place(&w, at(d)));
			if (lookup & LOOKUP_NO_XDEV && p.mount != w.mount)
				return FAIL(EXDEV);
			return open_place(give(f), give(p), flags, created, cs);
		}
		TRY(walk_through_link(&w, at(d), cs));
	}
}

static never_inline result(file_ref) open_tmpfile(file_draft draft, path_ref dir_, uint32_t flags, mode_bits mode, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(file_draft, f, give(draft));
	own(path_ref, dir, give(dir_));
	struct inode *i = path_inode(&dir);
	char text[24];

	TRY(mount_want_write(dir.mount));
	TRY(inode_permission(i, MAY_WRITE | MAY_EXEC));
	if (!i->ops->tmpfile)
		return FAIL(EOPNOTSUPP);
	own(inode_ref, made, TRY(i->ops->tmpfile(i, S_IFREG | (mode & 07777 & ~walk_context()->umask), cs)));
	unshared(inode_mutex_role);
	if (!(flags & O_EXCL))
		at(made)->flags |= INODE_LINKABLE;
	text_format(text, sizeof(text), "#%llu", (unsigned long long)at(made)->ino);
	struct name name = name_of(text);
	own(dentry_ref, d, TRY(dentry_new(at(dir), &name)));
	at(d)->inode = into_raw(give(made));
	refcount_inc(&dir.mount->refs);
	return open_place(give(f), handle_pair_from(path_ref, into_count(give(d)), mount, dir.mount),
			  flags & ~(uint32_t)O_DIRECTORY, true, cs);
}

/* Opening what was found. ------------------------------------------------------------------------------------------ */

static const struct file_ops path_only_ops;

/* Files that are open for writing keep their filesystem writable and the file from being executed. */
static result(unit) write_begin(struct file *f)
{
	RETURNS(unit);

	TRY(inode_write_begin(f->inode));
	__atomic_add_fetch(&f->path.mount->writers, 1, __ATOMIC_ACQUIRE);
	f->mode |= FILE_WROTE_BEGIN;
	return mount_want_write(f->path.mount);
}

static result(unit) truncate_opened(struct file *f, struct can_sleep cs)
{
	RETURNS(unit);

	if (f->mode & FILE_WROTE_BEGIN)
		return inode_truncate(f->inode, 0, cs);
	TRY(inode_write_begin(f->inode));
	int err = error_of(inode_truncate(f->inode, 0, cs));
	inode_write_end(f->inode);
	return unit_result(err);
}

static result(file_ref) open_place(file_draft draft, path_ref place, uint32_t flags, bool created, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(file_draft, d, give(draft));
	struct file *f = at(d);
	struct inode *i = path_inode(&place);
	bool truncates = flags & O_TRUNC && !created && inode_is(i, S_IFREG);

	put_in(f->path, give(place));
	f->inode = i;
	f->ops = i->file_ops ? i->file_ops : &path_only_ops;
	if (flags & O_CREAT && !created && inode_is(i, S_IFDIR) && !(flags & O_PATH))
		return FAIL(EISDIR);
	if (flags & O_DIRECTORY && !inode_is(i, S_IFDIR))
		return FAIL(ENOTDIR);
	if (unlikely(flags & O_PATH)) {
		f->mode = FILE_PATH_ONLY;
		f->ops = &path_only_ops;
		return OK(file_ref, file_publish(give(d)));
	}
	if (truncates)
		TRY(mount_want_write(f->path.mount));
	if (!created)
		TRY(may_open(i, f->path.mount, flags));
	if (f->mode & FILE_WRITE && (inode_is(i, S_IFREG) || inode_is(i, S_IFDIR)))
		TRY(write_begin(f));
	TRY(open_inode(i, f, cs));

	own(file_ref, opened, file_publish(give(d)));
	if (unlikely(flags & O_DIRECT) && !(at(opened)->mode & FILE_CAN_DIRECT))
		return FAIL(EINVAL);
	if (truncates)
		TRY(truncate_opened(at(opened), cs));
	return OK(file_ref, give(opened));
}

static result(unit) may_open(struct inode *i, const struct mount *m, uint32_t flags)
{
	static const uint8_t access[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };
	RETURNS(unit);
	unsigned may = access[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);

	switch (i->mode & S_IFMT) {
	case S_IFLNK:
		return FAIL(ELOOP);
	case S_IFDIR:
		if (may & MAY_WRITE)
			return FAIL(EISDIR);
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (m->flags & MS_NODEV)
			return FAIL(EACCES);
		break;
	}
	TRY(inode_permission(i, may));
	if (flags & O_NOATIME && !inode_owner_or_capable(i))
		return FAIL(EPERM);
	return DONE;
}

static result(unit) open_inode(struct inode *i, struct file *f, struct can_sleep cs)
{
	switch (i->mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return i->ops->open ? i->ops->open(i, f, cs) : DONE;
	case S_IFCHR:
		return device_open(i, f, cs);
	case S_IFIFO:
		return fifo_open(i, f, cs);
	}
	/* Block devices without a driver, sockets, inodes of pseudo files. */
	return unit_result(ENXIO);
}
