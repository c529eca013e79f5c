/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening what is there. */
#include "../twin.h"
#include "fs/file_life.h"
#include "fs/walk.h"
#define file_open original_file_open
#include <fs/open.c>
#undef file_open

struct raw_path { struct dentry *dentry; struct mount *mount; };
struct file *raw_file_open(int dirfd, const char *path, uint32_t flags, mode_bits mode, unsigned resolve) TWIN(file_open);
struct file *raw_file_draft_new(uint32_t flags) TWIN(file_draft_new);
struct file *raw_file_publish(struct file *f) TWIN(file_publish);
void raw_file_discard(struct file *f) TWIN(file_discard);
long raw_inode_permission(struct inode *i, unsigned may) TWIN(inode_permission);
long raw_mount_want_write(const struct mount *m) TWIN(mount_want_write);
long raw_path_find(struct raw_path *found, int dirfd, const char *path, unsigned flags);

static long raw_may_open(struct inode *i, const struct mount *m, uint32_t flags)
{
	static const uint8_t access[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };
	unsigned may = access[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
	long err;

	switch (i->mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (may & MAY_WRITE)
			return -EISDIR;
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (m->flags & MS_NODEV)
			return -EACCES;
		break;
	}
	err = raw_inode_permission(i, may);
	if (unlikely(err))
		return err;
	if (flags & O_NOATIME && !inode_owner_or_capable(i))
		return -EPERM;
	return 0;
}

static long raw_open_inode(struct inode *i, struct file *f)
{
	struct can_sleep cs = MAY_SLEEP;

	switch (i->mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return i->ops->open ? -(long)error_of(i->ops->open(i, f, cs)) : 0;
	case S_IFCHR:
		return -(long)error_of(device_open(i, f, cs));
	case S_IFIFO:
		return -(long)error_of(fifo_open(i, f, cs));
	}
	return -ENXIO;
}

/* Takes over the draft and the place. */
static never_inline struct file *raw_open_place(struct file *f, struct raw_path *place, uint32_t flags, bool created)
{
	struct inode *i = place->dentry->inode;
	bool truncates = flags & O_TRUNC && !created && inode_is(i, S_IFREG);
	long err;

	f->path = handle_pair_from(path_ref, place->dentry, mount, place->mount);
	f->inode = i;
	f->ops = i->file_ops ? i->file_ops : &path_only_ops;
	err = -EISDIR;
	if (flags & O_CREAT && !created && inode_is(i, S_IFDIR) && !(flags & O_PATH))
		goto discard;
	err = -ENOTDIR;
	if (flags & O_DIRECTORY && !inode_is(i, S_IFDIR))
		goto discard;
	if (unlikely(flags & O_PATH)) {
		f->mode = FILE_PATH_ONLY;
		f->ops = &path_only_ops;
		return raw_file_publish(f);
	}
	if (truncates) {
		err = raw_mount_want_write(f->path.mount);
		if (unlikely(err))
			goto discard;
	}
	if (!created) {
		err = raw_may_open(i, f->path.mount, flags);
		if (unlikely(err))
			goto discard;
	}
	if (f->mode & FILE_WRITE && (inode_is(i, S_IFREG) || inode_is(i, S_IFDIR))) {
		err = -(long)error_of(write_begin(f));
		if (unlikely(err))
			goto discard;
	}
	err = raw_open_inode(i, f);
	if (unlikely(err))
		goto discard;
	f = raw_file_publish(f);
	err = -EINVAL;
	if (unlikely(flags & O_DIRECT) && !(f->mode & FILE_CAN_DIRECT))
		goto put;
	if (truncates) {
		err = -(long)error_of(truncate_opened(f, MAY_SLEEP));
		if (unlikely(err))
			goto put;
	}
	return f;
discard:
	raw_file_discard(f);
	return (struct file *)err;
put:
	raw_file_put(f);
	return (struct file *)err;
}

/* Off the path: making files. */
static never_inline struct file *raw_open_rest(int dirfd, const char *path, uint32_t flags, mode_bits mode,
					       unsigned resolve)
{
	attempt_own(file_ref, f, err, original_file_open((fd_t){ dirfd }, path, flags, mode, resolve, MAY_SLEEP));
	return err ? (struct file *)(long)-err : into_raw(give(f));
}

struct file *raw_file_open(int dirfd, const char *path, uint32_t flags, mode_bits mode, unsigned resolve)
{
	unsigned lookup = resolve | (flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0) | (flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	struct raw_path place;
	struct file *f;
	long err;

	if (unlikely(((flags & O_CREAT) && !(flags & O_PATH)) || (flags & O_TMPFILE) == O_TMPFILE))
		return raw_open_rest(dirfd, path, flags, mode, resolve);
	f = raw_file_draft_new(flags);
	if (IS_ERROR(f))
		return f;
	err = raw_path_find(&place, dirfd, path, lookup);
	if (unlikely(err)) {
		raw_file_discard(f);
		return (struct file *)err;
	}
	return raw_open_place(f, &place, flags, false);
}
