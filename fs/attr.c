/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may do what with an inode (path_resolution(7), inode(7), capabilities(7)), and the changes of its attributes:
 * chmod(2), chown(2), utimensat(2), truncate(2). Every check reads mode and owner without a lock; changes hold the
 * inode's mutex.
 */
#include <murre/file.h>
#include <murre/jobs.h>
#include <linux/signal.h>

static result(unit) change_check(struct inode *i, struct inode_attrs *a);
static result(unit) size_check(const struct inode *i, uint64_t size);
static void change_apply(struct inode *i, const struct inode_attrs *a, struct can_sleep cs);
static mode_bits mode_without_privileges(const struct inode *i);

result(unit) inode_permission(struct inode *i, unsigned may)
{
	if (may & MAY_WRITE && unlikely(i->sb->flags & MS_RDONLY) &&
	    (inode_is(i, S_IFREG) || inode_is(i, S_IFDIR) || inode_is(i, S_IFLNK)))
		return unit_result(EROFS);
	if (unlikely(i->ops && i->ops->permission))
		return i->ops->permission(i, may);
	return inode_mode_permits(i, current_cred(), may);
}

/* Of the mode's three groups of bits, the one that is about the caller. */
static mode_bits mode_for(const struct inode *i, const struct cred *c)
{
	if (kuid_equal(i->uid, c->fsuid))
		return i->mode >> 6;
	return cred_in_group(c, i->gid) ? i->mode >> 3 : i->mode;
}

result(unit) inode_mode_permits(const struct inode *i, const struct cred *c, unsigned may)
{
	may &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (!(may * 0111 & ~i->mode) || !(may & ~mode_for(i, c)))
		return DONE;
	if (inode_is(i, S_IFDIR)) {
		if (cred_capable(c, CAP_DAC_OVERRIDE) || (!(may & MAY_WRITE) && cred_capable(c, CAP_DAC_READ_SEARCH)))
			return DONE;
	} else if (may == MAY_READ && cred_capable(c, CAP_DAC_READ_SEARCH)) {
		return DONE;
	} else if ((!(may & MAY_EXEC) || i->mode & 0111) && cred_capable(c, CAP_DAC_OVERRIDE)) {
		return DONE;
	}
	return unit_result(EACCES);
}

bool inode_owner_or_capable(const struct inode *i)
{
	return kuid_equal(i->uid, current_cred()->fsuid) || capable(CAP_FOWNER);
}

/* Changes. --------------------------------------------------------------------------------------------------------- */

result(unit) inode_change(struct inode *i, struct inode_attrs *a, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(inode_mutex, held, &i->mutex);

	TRY(change_check(i, a));
	if (i->ops && i->ops->setattr)
		return i->ops->setattr(i, a, cs);
	change_apply(i, a, cs);
	return DONE;
}

static result(unit) change_check(struct inode *i, struct inode_attrs *a)
{
	RETURNS(unit);
	const struct cred *c = current_cred();
	bool is_owner = kuid_equal(i->uid, c->fsuid);

	if (a->valid & ATTR_SIZE)
		TRY(size_check(i, a->size));
	if (a->valid & ATTR_UID && !(is_owner && kuid_equal(a->uid, i->uid)) && !cred_capable(c, CAP_CHOWN))
		return FAIL(EPERM);
	if (a->valid & ATTR_GID && !(is_owner && (kgid_equal(a->gid, i->gid) || cred_in_group(c, a->gid))) &&
	    !cred_capable(c, CAP_CHOWN))
		return FAIL(EPERM);
	if (a->valid & (ATTR_MODE | ATTR_ACCESS | ATTR_MODIFY) && !(a->valid & ATTR_TIMES_NOW) &&
	    !inode_owner_or_capable(i))
		return FAIL(EPERM);
	if (a->valid & ATTR_MODE) {
		kgid_t gid = a->valid & ATTR_GID ? a->gid : i->gid;

		a->mode = (a->mode & 07777) | (i->mode & S_IFMT);
		if (!cred_in_group(c, gid) && !cred_capable(c, CAP_FSETID))
			a->mode &= ~S_ISGID;
	} else if (a->valid & ATTR_KILL_SUID && mode_without_privileges(i) != i->mode) {
		a->mode = mode_without_privileges(i);
		a->valid |= ATTR_MODE;
	}
	return DONE;
}

static void change_apply(struct inode *i, const struct inode_attrs *a, struct can_sleep cs)
{
	if (a->valid & ATTR_SIZE && i->object)
		vm_object_resize(i->object, a->size, cs);
	if (a->valid & ATTR_UID)
		i->uid = a->uid;
	if (a->valid & ATTR_GID)
		i->gid = a->gid;
	if (a->valid & ATTR_MODE)
		i->mode = a->mode;
	nsec_t now = inode_now();
	if (a->valid & ATTR_SIZE)
		i->times.modify = now;
	if (a->valid & ATTR_ACCESS)
		i->times.access = a->access;
	if (a->valid & ATTR_MODIFY)
		i->times.modify = a->modify;
	i->times.change = now;
}

/* For setattr verbs that only have something to add. */
void inode_change_apply(struct inode *i, const struct inode_attrs *a, struct can_sleep cs) { change_apply(i, a, cs); }

/* Sizes. ----------------------------------------------------------------------------------------------------------- */

static cold_path result(unit) too_large_for_limit(void)
{
	if (job_ops)
		job_ops->raise(SIGXFSZ);
	return unit_result(EFBIG);
}

/* Kernel tasks have no limits. */
static uint64_t file_size_limit(void) { return current()->limits ? current_limit(RLIMIT_FSIZE) : RLIM64_INFINITY; }

static result(unit) size_check(const struct inode *i, uint64_t size)
{
	if (size > inode_size(i)) {
		if (size > file_size_limit())
			return too_large_for_limit();
		if (size > i->sb->max_bytes)
			return unit_result(EFBIG);
	}
	return DONE;
}

result(unit) inode_truncate(struct inode *i, uint64_t size, struct can_sleep cs)
{
	struct inode_attrs a = { .valid = ATTR_SIZE, .size = size };

	if (!capable(CAP_FSETID))
		a.valid |= ATTR_KILL_SUID;
	return inode_change(i, &a, cs);
}

result(size_t) inode_write_room(struct inode *i, loff_t pos, size_t n)
{
	RETURNS(size_t);
	uint64_t limit = file_size_limit(), at_pos = (uint64_t)pos;

	if (unlikely(limit != RLIM64_INFINITY)) {
		if (at_pos >= limit)
			return FAIL(error_of(too_large_for_limit()));
		n = min((uint64_t)n, limit - at_pos);
	}
	if (unlikely(at_pos >= i->sb->max_bytes))
		return FAIL(EFBIG);
	return OK(size_t, min((uint64_t)n, i->sb->max_bytes - at_pos));
}

static mode_bits mode_without_privileges(const struct inode *i)
{
	mode_bits mode = i->mode & ~S_ISUID;

	if (inode_is(i, S_IFDIR))
		return i->mode;
	if (mode & S_IXGRP || (!cred_in_group(current_cred(), i->gid) && !capable(CAP_FSETID)))
		mode &= ~S_ISGID;
	return mode;
}

void inode_drop_privileges(struct inode *i)
{
	mode_bits special = i->mode & (S_ISUID | S_ISGID);

	if (likely(!special) || !inode_is(i, S_IFREG) || capable(CAP_FSETID))
		return;
	if (special == S_ISGID && !(i->mode & S_IXGRP))
		return;
	i->mode = mode_without_privileges(i);
}
