/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls on attributes: stat(2), statx(2), statfs(2), access(2), chmod(2), chown(2), utimensat(2), truncate(2),
 * fallocate(2).
 */
#include <murre/file.h>
#include <murre/syscall.h>
#include <linux/falloc.h>
#include "path.h"

/* Device numbers as programs see them. */
static uint64_t dev_shown(dev_nr d)
{
	return (dev_minor(d) & 0xff) | dev_major(d) << 8 | (uint64_t)(dev_minor(d) & ~0xffu) << 12;
}

static unsigned follow_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* stat(2). --------------------------------------------------------------------------------------------------------- */

static result(long) stat_out(struct inode *i, user_abi_stat to, struct can_sleep cs)
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

result(long) stat_call(fd_t dir, const char *path, user_abi_stat st, unsigned lookup, struct can_sleep cs)
{
	own(path_ref, place, TRY(path_lookup(dir, path, lookup, cs)));
	return stat_out(path_inode(&place), st, cs);
}

SYSCALL(fstat, fd_t fd, user_abi_stat st)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	return stat_out(loaned(l)->inode, st, cs);
}

SYSCALL(newfstatat, fd_t dir, user_cstr path, user_abi_stat st, int flags)
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

static result(long) statx_out(struct inode *i, const path_ref *place, user_abi_statx to, struct can_sleep cs)
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

SYSCALL(statx, fd_t dir, user_cstr path, unsigned flags, unsigned mask, user_abi_statx st)
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

static result(long) statfs_out(struct superblock *sb, uint32_t flags, user_abi_statfs to, struct can_sleep cs)
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

SYSCALL(statfs, user_cstr path, user_abi_statfs st)
{
	path_text(p, path);
	own(path_ref, place, TRY(path_lookup((fd_t){ AT_FDCWD }, p.text, LOOKUP_FOLLOW, cs)));
	return statfs_out(path_inode(&place)->sb, place.mount->flags, st, cs);
}

SYSCALL(fstatfs, fd_t fd, user_abi_statfs st)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	const struct file *f = loaned(l);
	return statfs_out(f->inode->sb, is_none(f->path) ? 0 : f->path.mount->flags, st, cs);
}

/* access(2). ------------------------------------------------------------------------------------------------------- */

/* The caller's credentials while its real ids stand in for the effective ones. */
struct real_ids { cred_draft back; };
static void real_ids_end(struct real_ids *r)
{
	if (!is_none(r->back))
		cred_publish(give(r->back));
}

static result(unit) real_ids_assume(struct real_ids *r)
{
	RETURNS(unit);
	const struct cred *c = current_cred();
	uint64_t caps = c->uid.id == 0 ? c->cap_permitted : 0;

	if (kuid_equal(c->uid, c->fsuid) && kgid_equal(c->gid, c->fsgid) && c->cap_effective == caps)
		return DONE;
	own(cred_draft, back, TRY(cred_draft_new()));
	own(cred_draft, real, TRY(cred_draft_new()));
	at(real)->fsuid = c->uid;
	at(real)->fsgid = c->gid;
	at(real)->cap_effective = caps;
	cred_publish(give(real));
	r->back = give(back);
	return DONE;
}

static result(unit) access_check(const path_ref *place, unsigned may)
{
	RETURNS(unit);
	struct inode *i = path_inode(place);

	if (may & MAY_EXEC && inode_is(i, S_IFREG) && place->mount->flags & MS_NOEXEC)
		return FAIL(EACCES);
	TRY(inode_permission(i, may));
	if (may & MAY_WRITE && (inode_is(i, S_IFREG) || inode_is(i, S_IFDIR) || inode_is(i, S_IFLNK)))
		return mount_want_write(place->mount);
	return DONE;
}

SYSCALL(faccessat2, fd_t dir, user_cstr path, int mode, int flags)
{
	if (mode & ~7 || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return FAIL(EINVAL);
	path_text_as_(p, path, flags & AT_EMPTY_PATH);
	defer(real_ids_end, struct real_ids, ids, (struct real_ids){});
	if (!(flags & AT_EACCESS))
		TRY(real_ids_assume(&ids));
	own(path_ref, place, TRY(path_lookup(dir, p.text, follow_flags(flags), cs)));
	if (mode)
		TRY(access_check(&place, (unsigned)mode));
	return OK(long, 0);
}

SYSCALL(faccessat, fd_t dir, user_cstr path, int mode) { return sys_faccessat2(dir, path, mode, 0, cs); }

/* chmod(2), chown(2). ---------------------------------------------------------------------------------------------- */

static result(long) change(struct inode *i, const struct mount *m, struct inode_attrs *a, struct can_sleep cs)
{
	if (m)
		TRY(mount_want_write(m));
	TRY(inode_change(i, a, cs));
	return OK(long, 0);
}

static result(long) change_file(fd_t fd, struct inode_attrs *a, struct can_sleep cs)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);

	if (a->valid & ATTR_KILL_SUID && inode_is(f->inode, S_IFDIR))
		a->valid &= ~(unsigned)ATTR_KILL_SUID;
	return change(f->inode, is_none(f->path) ? NULL : f->path.mount, a, cs);
}

static result(long) change_path(fd_t dir, const char *path, unsigned lookup, struct inode_attrs *a, struct can_sleep cs)
{
	own(path_ref, place, TRY(path_lookup(dir, path, lookup, cs)));

	if (a->valid & ATTR_KILL_SUID && inode_is(path_inode(&place), S_IFDIR))
		a->valid &= ~(unsigned)ATTR_KILL_SUID;
	return change(path_inode(&place), place.mount, a, cs);
}

SYSCALL(fchmod, fd_t fd, unsigned mode)
{
	struct inode_attrs a = { .valid = ATTR_MODE, .mode = mode & 07777 };
	return change_file(fd, &a, cs);
}

SYSCALL(fchmodat, fd_t dir, user_cstr path, unsigned mode)
{
	struct inode_attrs a = { .valid = ATTR_MODE, .mode = mode & 07777 };
	path_text(p, path);
	return change_path(dir, p.text, LOOKUP_FOLLOW, &a, cs);
}

/* An id of -1 stays as it is. Whoever the owner is, set-id bits do not survive. */
static struct inode_attrs owner_attrs(unsigned uid, unsigned gid)
{
	return (struct inode_attrs){
		.valid = (uid != ~0u ? ATTR_UID : 0) | (gid != ~0u ? ATTR_GID : 0) | ATTR_KILL_SUID,
		.uid = { uid },
		.gid = { gid },
	};
}

SYSCALL(fchown, fd_t fd, unsigned uid, unsigned gid)
{
	struct inode_attrs a = owner_attrs(uid, gid);
	return change_file(fd, &a, cs);
}

SYSCALL(fchownat, fd_t dir, user_cstr path, unsigned uid, unsigned gid, int flags)
{
	struct inode_attrs a = owner_attrs(uid, gid);

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return FAIL(EINVAL);
	path_text_as_(p, path, flags & AT_EMPTY_PATH);
	return change_path(dir, p.text, follow_flags(flags), &a, cs);
}

/* utimensat(2). ---------------------------------------------------------------------------------------------------- */

#define UTIME_NOW ((1l << 30) - 1)
#define UTIME_OMIT ((1l << 30) - 2)

static result(nsec_t) stamp_of(timespec64 ts)
{
	RETURNS(nsec_t);
	int64_t ns;

	if (ts.tv_nsec == UTIME_NOW || ts.tv_nsec == UTIME_OMIT)
		return OK(nsec_t, inode_now());
	if (ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC)
		return FAIL(EINVAL);
	/* Times before 1970 are fine here; what does not fit is the nearest that does. */
	if (__builtin_mul_overflow((int64_t)ts.tv_sec, (int64_t)NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)ts.tv_nsec, &ns))
		ns = ts.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return OK(nsec_t, nsec(ns));
}

static result(unit) times_attrs(struct inode_attrs *a, const timespec64 times[2])
{
	RETURNS(unit);
	bool is_now = !times || (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW);

	*a = (struct inode_attrs){ .valid = ATTR_ACCESS | ATTR_MODIFY | (is_now ? ATTR_TIMES_NOW : 0) };
	if (is_now) {
		a->access = a->modify = inode_now();
		return DONE;
	}
	a->access = TRY(stamp_of(times[0]));
	a->modify = TRY(stamp_of(times[1]));
	if (times[0].tv_nsec == UTIME_OMIT)
		a->valid &= ~(unsigned)ATTR_ACCESS;
	if (times[1].tv_nsec == UTIME_OMIT)
		a->valid &= ~(unsigned)ATTR_MODIFY;
	return DONE;
}

static result(long) times_change(struct inode *i, const struct mount *m, struct inode_attrs *a, struct can_sleep cs)
{
	if (m)
		TRY(mount_want_write(m));
	if (a->valid & ATTR_TIMES_NOW && !inode_owner_or_capable(i))
		TRY(inode_permission(i, MAY_WRITE));
	TRY(inode_change(i, a, cs));
	return OK(long, 0);
}

result(long) times_call(fd_t dir, const char *path, const timespec64 times[2], unsigned lookup, struct can_sleep cs)
{
	struct inode_attrs a;

	TRY(times_attrs(&a, times));
	own(path_ref, place, TRY(path_lookup(dir, path, lookup, cs)));
	return times_change(path_inode(&place), place.mount, &a, cs);
}

static result(long) times_of_file(fd_t fd, const timespec64 times[2], int flags, struct can_sleep cs)
{
	struct inode_attrs a;

	if (flags)
		return FAIL(EINVAL);
	TRY(times_attrs(&a, times));
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);
	return times_change(f->inode, is_none(f->path) ? NULL : f->path.mount, &a, cs);
}

SYSCALL(utimensat, fd_t dir, user_cstr path, user_timespec64 times_user, int flags)
{
	timespec64 both[2], *times = NULL;

	if (!user_is_null(times_user)) {
		TRY(copy_in_array(both, times_user, 2));
		times = both;
		if (both[0].tv_nsec == UTIME_OMIT && both[1].tv_nsec == UTIME_OMIT)
			return OK(long, 0);
	}
	if (user_is_null(path) && dir.nr != AT_FDCWD)
		return times_of_file(dir, times, flags, cs);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return FAIL(EINVAL);
	path_text_as_(p, path, flags & AT_EMPTY_PATH);
	return times_call(dir, p.text, times, follow_flags(flags), cs);
}

/* Sizes. ----------------------------------------------------------------------------------------------------------- */

static result(long) truncate_place(const path_ref *place, loff_t size, struct can_sleep cs)
{
	struct inode *i = path_inode(place);

	if (inode_is(i, S_IFDIR))
		return FAIL(EISDIR);
	if (!inode_is(i, S_IFREG))
		return FAIL(EINVAL);
	TRY(mount_want_write(place->mount));
	TRY(inode_permission(i, MAY_WRITE));
	TRY(inode_write_begin(i));
	int err = error_of(inode_truncate(i, (uint64_t)size, cs));
	inode_write_end(i);
	return err ? FAIL(err) : OK(long, 0);
}

SYSCALL(truncate, user_cstr path, loff_t size)
{
	if (size < 0)
		return FAIL(EINVAL);
	path_text(p, path);
	own(path_ref, place, TRY(path_lookup((fd_t){ AT_FDCWD }, p.text, LOOKUP_FOLLOW, cs)));
	return truncate_place(&place, size, cs);
}

SYSCALL(ftruncate, fd_t fd, loff_t size)
{
	if (size < 0)
		return FAIL(EINVAL);
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);
	if (!inode_is(f->inode, S_IFREG) || !(f->mode & FILE_WRITE))
		return FAIL(EINVAL);
	TRY(inode_truncate(f->inode, (uint64_t)size, cs));
	return OK(long, 0);
}

SYSCALL(fallocate, fd_t fd, int mode, loff_t offset, loff_t bytes)
{
	const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_ZERO_RANGE |
			  FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE;
	loff_t end;

	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);
	if (offset < 0 || bytes <= 0)
		return FAIL(EINVAL);
	if (mode & ~known || (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE)))
		return FAIL(EOPNOTSUPP);
	if (!(f->mode & FILE_WRITE))
		return FAIL(EBADF);
	if (inode_is(f->inode, S_IFIFO))
		return FAIL(ESPIPE);
	if (inode_is(f->inode, S_IFDIR))
		return FAIL(EISDIR);
	if (!inode_is(f->inode, S_IFREG))
		return FAIL(ENODEV);
	if (__builtin_add_overflow(offset, bytes, &end) || (uint64_t)end > f->inode->sb->max_bytes)
		return FAIL(EFBIG);
	if (!f->ops->fallocate)
		return FAIL(EOPNOTSUPP);
	TRY(f->ops->fallocate(f, mode, offset, bytes, cs));
	return OK(long, 0);
}
