/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of inodes. A filesystem makes one as a draft that nobody else sees, fills it in and publishes it once; from
 * then on references count it, and the last one evicts it: the filesystem frees what hangs on it, and the memory goes
 * after a grace period, because path lookup reads inodes without counting them. Times and the link count are stamped
 * here; stamps come from the real-time clock.
 */
#include <murre/file.h>
#include <murre/slab.h>

#define RELATIME_SPAN (24 * 60 * 60 * NSEC_PER_SEC)

DEFINE_BOX(inode, struct inode)
DEFINE_BOX_CACHE(inode, struct inode);

static void inode_end(struct inode *i);

static struct inode *inode_take(struct superblock *sb)
{
	return sb->ops && sb->ops->inode_take ? sb->ops->inode_take(sb) : slab_take_zeroed(&inode_cache);
}

result(inode_draft) inode_new(struct superblock *sb, struct inode *dir, mode_bits mode)
{
	RETURNS(inode_draft);
	const struct cred *c = current_cred();
	struct inode *i = inode_take(sb);

	if (unlikely(!i))
		return FAIL(ENOMEM);
	refcount_init(&i->refs, 1);
	__atomic_add_fetch(&sb->inode_count, 1, __ATOMIC_RELAXED);
	i->sb = sb;
	i->nlink = 1;
	i->uid = c->fsuid;
	i->gid = c->fsgid;
	if (dir && dir->mode & S_ISGID) {
		i->gid = dir->gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
		else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !cred_in_group(c, dir->gid) &&
			 !cred_capable(c, CAP_FSETID))
			mode &= ~S_ISGID;
	}
	i->mode = mode;
	nsec_t now = inode_now();
	i->times = (struct inode_times){ now, now, now, now };
	return OK(inode_draft, handle_from(inode_draft, i));
}

inode_ref inode_publish(inode_draft d) { return handle_from(inode_ref, into_count(give(d))); }

void inode_discard(struct inode *i) { inode_end(i); }

handles_are_counted(inode_draft, struct inode, refs);
handles_are_counted(inode_ref, struct inode, refs);

void inode_release(struct inode *i)
{
	if (refcount_dec(&i->refs))
		inode_end(i);
}

EMBEDDED(inode, rcu_head, rcu)

static void inode_free(struct rcu_head *head)
{
	struct inode *i = inode_of_rcu_head(head);
	struct superblock *sb = i->sb;

	if (sb->ops && sb->ops->inode_put)
		sb->ops->inode_put(i);
	else
		slab_put(&inode_cache, i);
	superblock_inode_gone(sb);
}

static void inode_end(struct inode *i)
{
	if (i->ops && i->ops->evict)
		i->ops->evict(i);
	if (unlikely(i->locks))
		inode_locks_free(i);
	rcu_free(&i->rcu, inode_free);
}

uint64_t inode_number_next(void)
{
	static uint64_t last = 1;

	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void inode_nlink_add(struct inode *i, int n) { __atomic_add_fetch(&i->nlink, n, __ATOMIC_RELAXED); }

/* Times. ----------------------------------------------------------------------------------------------------------- */

nsec_t inode_now(void) { return clock_realtime(); }

void inode_touch_modify(struct inode *i) { i->times.modify = i->times.change = inode_now(); }

void inode_touch_change(struct inode *i) { i->times.change = inode_now(); }

/* relatime (mount(8)): only when it tells something new: read since the last change, or a day later. */
void inode_touch_access(struct inode *i, const struct mount *m)
{
	uint32_t flags = (m ? m->flags : 0) | i->sb->flags;

	if (flags & (MS_RDONLY | MS_NOATIME) || (flags & MS_NODIRATIME && inode_is(i, S_IFDIR)))
		return;
	if (!(flags & MS_STRICTATIME) && nsec_before(i->times.modify, i->times.access) &&
	    nsec_before(i->times.change, i->times.access)) {
		if (inode_now().ns - i->times.access.ns < RELATIME_SPAN)
			return;
	}
	i->times.access = inode_now();
}

/* Field by field: st is not zeroed first. */
void inode_stat(struct inode *i, struct kstat *st)
{
	st->ino = i->ino;
	st->size = inode_size(i);
	st->blocks = 0;
	st->nlink = i->nlink;
	st->dev = i->sb->dev;
	st->rdev = i->rdev;
	st->mode = i->mode;
	st->uid = i->uid;
	st->gid = i->gid;
	st->block_size = i->sb->block_size;
	st->mount_id = 0;
	st->times = i->times;
	st->has_birth = st->is_mount_root = false;
	if (i->ops && i->ops->getattr)
		i->ops->getattr(i, st);
}

/* Who may write and who executes: one excludes the other (ETXTBSY). ------------------------------------------------- */

static bool writers_change(int32_t *writers, int by)
{
	int32_t old = read_once(*writers);

	do {
		if (by > 0 ? old < 0 : old > 0)
			return false;
	} while (!__atomic_compare_exchange_n(writers, &old, old + by, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

result(unit) inode_write_begin(struct inode *i) { return unit_result(writers_change(&i->writers, 1) ? 0 : ETXTBSY); }
void inode_write_end(struct inode *i) { __atomic_sub_fetch(&i->writers, 1, __ATOMIC_RELEASE); }
result(unit) inode_deny_write(struct inode *i) { return unit_result(writers_change(&i->writers, -1) ? 0 : ETXTBSY); }
void inode_allow_write(struct inode *i) { __atomic_add_fetch(&i->writers, 1, __ATOMIC_RELEASE); }
