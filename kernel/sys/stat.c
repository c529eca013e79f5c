/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that describe files and filesystems: stat(2), statx(2), statfs(2). */
#include <murre/file.h>
#include <murre/syscall.h>
#include "path.h"

/* Device numbers as programs see them. */
static uint64_t dev_shown(dev_nr d)
{
	return (dev_minor(d) & 0xff) | dev_major(d) << 8 | (uint64_t)(dev_minor(d) & ~0xffu) << 12;
}

/* stat(2). --------------------------------------------------------------------------------------------------------- */

static result(long) stat_out(struct inode *i, user_out_abi_stat to, struct can_sleep cs)
{
	struct kstat k not_zeroed;	/* inode_stat fills it */

	inode_stat(i, &k);
	timespec64 access = nsec_to_timespec(k.times.access), modify = nsec_to_timespec(k.times.modify),
		   change = nsec_to_timespec(k.times.change);
	abi_stat st = {
		.st_dev = dev_shown(k.dev),
		.st_ino = k.ino,
		.st_nlink = k.nlink,
		.st_mode = k.mode,
		.st_uid = k.uid.id,
		.st_gid = k.gid.id,
		.st_rdev = dev_shown(k.rdev),
		.st_size = (long)k.size,
		.st_blksize = k.block_size,
		.st_blocks = (long)k.blocks,
		.st_atime = (unsigned long)access.tv_sec,
		.st_atime_nsec = (unsigned long)access.tv_nsec,
		.st_mtime = (unsigned long)modify.tv_sec,
		.st_mtime_nsec = (unsigned long)modify.tv_nsec,
		.st_ctime = (unsigned long)change.tv_sec,
		.st_ctime_nsec = (unsigned long)change.tv_nsec,
	};

	TRY(copy_out(to, &st));
	return OK(long, 0);
}

result(long) stat_call(fd_t dir, const char *path, user_out_abi_stat st, unsigned lookup, struct can_sleep cs)
{
	own(path_ref, place, TRY(path_lookup(dir, path, lookup, cs)));
	return stat_out(path_inode(&place), st, cs);
}

SYSCALL(fstat, fd_t fd, user_out_abi_stat st)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	return stat_out(loaned(l)->inode, st, cs);
}

SYSCALL(newfstatat, fd_t dir, user_cstr path, user_out_abi_stat st, int flags)
{
	char first;

	/* fstat(3) of today's C libraries: the descriptor itself. */
	if (flags == AT_EMPTY_PATH && dir.nr >= 0) {
		TRY(copy_in(&first, path));
		if (!first)
			return sys_fstat(dir, st, cs);
	}
	path_text_as_(p, path, flags & AT_EMPTY_PATH);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return FAIL(EINVAL);
	return stat_call(dir, p.text, st, follow_flags(flags), cs);
}

static struct statx_timestamp statx_time(nsec_t t)
{
	timespec64 ts = nsec_to_timespec(t);

	return (struct statx_timestamp){ .tv_sec = ts.tv_sec, .tv_nsec = (uint32_t)ts.tv_nsec };
}

static result(long) statx_out(struct inode *i, const path_ref *place, user_out_abi_statx to, struct can_sleep cs)
{
	struct kstat k not_zeroed;	/* inode_stat fills it */
	bool is_root = place && at(*place) == at(place->mount->root);

	inode_stat(i, &k);
	abi_statx st = {
		.stx_mask = STATX_BASIC_STATS | (k.has_birth ? STATX_BTIME : 0) | (place ? STATX_MNT_ID : 0),
		.stx_blksize = k.block_size,
		.stx_attributes = is_root ? STATX_ATTR_MOUNT_ROOT : 0,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT | STATX_ATTR_AUTOMOUNT | STATX_ATTR_DAX,
		.stx_nlink = (uint32_t)k.nlink,
		.stx_uid = k.uid.id,
		.stx_gid = k.gid.id,
		.stx_mode = (uint16_t)k.mode,
		.stx_ino = k.ino,
		.stx_size = k.size,
		.stx_blocks = k.blocks,
		.stx_atime = statx_time(k.times.access),
		.stx_btime = k.has_birth ? statx_time(k.times.birth) : (struct statx_timestamp){},
		.stx_ctime = statx_time(k.times.change),
		.stx_mtime = statx_time(k.times.modify),
		.stx_rdev_major = dev_major(k.rdev),
		.stx_rdev_minor = dev_minor(k.rdev),
		.stx_dev_major = dev_major(k.dev),
		.stx_dev_minor = dev_minor(k.dev),
		.stx_mnt_id = place ? (uint64_t)place->mount->id : 0,
	};
	TRY(copy_out(to, &st));
	return OK(long, 0);
}

SYSCALL(statx, fd_t dir, user_cstr path, unsigned flags, unsigned mask, user_out_abi_statx st)
{
	if (mask & STATX__RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return FAIL(EINVAL);
	path_text_as_(p, path, flags & AT_EMPTY_PATH);
	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return FAIL(EINVAL);
	own(path_ref, place, TRY(path_lookup(dir, p.text, follow_flags((int)flags), cs)));
	return statx_out(path_inode(&place), &place, st, cs);
}

/* statfs(2). ------------------------------------------------------------------------------------------------------- */

#define ST_VALID 0x20
#define ST_RELATIME 0x1000
#define ST_NOSYMFOLLOW 0x2000

/* The bits that mount(2) and statfs(2) share have the same values, but for three. */
static unsigned statfs_flags(uint32_t m)
{
	return ST_VALID | (m & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_MANDLOCK | MS_NOATIME |
				MS_NODIRATIME)) |
	       (m & MS_RELATIME ? ST_RELATIME : 0) | (m & MS_NOSYMFOLLOW ? ST_NOSYMFOLLOW : 0);
}

static result(long) statfs_out(struct superblock *sb, uint32_t flags, user_out_abi_statfs to, struct can_sleep cs)
{
	struct statfs_k k = { .block_size = PAGE_SIZE, .name_max = NAME_BYTES_MAX };

	if (!sb->ops || !sb->ops->statfs)
		return FAIL(ENOSYS);
	sb->ops->statfs(sb, &k);
	abi_statfs st = {
		.f_type = (long)k.type,
		.f_bsize = k.block_size,
		.f_blocks = (long)k.blocks,
		.f_bfree = (long)k.free,
		.f_bavail = (long)k.available,
		.f_files = (long)k.files,
		.f_ffree = (long)k.files_free,
		.f_fsid.val = { (int)dev_shown(sb->dev), 0 },
		.f_namelen = k.name_max,
		.f_frsize = k.block_size,
		.f_flags = statfs_flags(flags | sb->flags),
	};
	TRY(copy_out(to, &st));
	return OK(long, 0);
}

SYSCALL(statfs, user_cstr path, user_out_abi_statfs st)
{
	path_text(p, path);
	own(path_ref, place, TRY(path_lookup((fd_t){ AT_FDCWD }, p.text, LOOKUP_FOLLOW, cs)));
	return statfs_out(path_inode(&place)->sb, place.mount->flags, st, cs);
}

SYSCALL(fstatfs, fd_t fd, user_out_abi_statfs st)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	const struct file *f = loaned(l);
	return statfs_out(f->inode->sb, is_none(f->path) ? 0 : f->path.mount->flags, st, cs);
}
