/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that check and change attributes: access(2), chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2). */
#include <murre/file.h>
#include <murre/syscall.h>
#include <linux/falloc.h>
#include "path.h"

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
	put_in(r->back, give(back));
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

SYSCALL(utimensat, fd_t dir, user_cstr path, user_in_timespec64 times_user, int flags)
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
