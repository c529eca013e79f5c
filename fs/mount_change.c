/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mount(2), umount2(2) and pivot_root(2) do to the tree of mounts. Whatever may fail or sleep (the filesystem's own
 * mounting, copies of mounts) comes before the tree's lock; under it the places are checked once more, then the change
 * is made.
 */
#include "mount.h"
#include <murre/log.h>
#include <murre/path.h>
#include <murre/string.h>
#include <linux/limits.h>

#define MOUNTS_MAX 100000u

static bool kinds_differ(const struct dentry *a, const struct dentry *b)
{
	return inode_is(a->inode, S_IFDIR) != inode_is(b->inode, S_IFDIR);
}

/* The place where something mounted at p goes: on top of what is mounted there already. ENOENT: removed meanwhile. */
static result(unit) place_settle(mount_tree_locked t, struct mount **m, struct dentry **d)
{
	for (struct mount *top; (top = mount_covering(*m, *d));) {
		*m = top;
		*d = at(top->root);
	}
	if (!mount_is_attached(*m))
		return unit_result(EINVAL);
	if (read_once((*d)->inode->flags) & INODE_DEAD || (!dentry_is_hashed(*d) && !dentry_is_root(*d)))
		return unit_result(ENOENT);
	return unit_result(in(t)->count >= MOUNTS_MAX ? ENOSPC : 0);
}

/* The flags of a mount as mount(2) gives them: relatime unless something else is said. */
static uint32_t mount_flags_of(unsigned long flags)
{
	uint32_t m = flags & MOUNT_FLAGS;

	if (!(m & MS_NOATIME))
		m |= MS_RELATIME;
	if (m & MS_STRICTATIME)
		m &= ~(uint32_t)(MS_RELATIME | MS_NOATIME);
	return m;
}

/* New mounts. ------------------------------------------------------------------------------------------------------ */

result(unit) mount_new(path_ref place_, const char *type, const char *source, unsigned long flags, const char *options,
		       struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));
	const struct fs_type *t = fs_type_find(type);

	if (!t)
		return FAIL(ENODEV);
	own(superblock_ref, sb, TRY(t->mount(t, source, flags & SUPERBLOCK_FLAGS, options, can)));
	own(dentry_ref, root, dentry_share(at(at(sb)->root)));
	if (path_is_mount_root(&place) && at(place.mount->sb) == at(sb))
		return FAIL(EBUSY);
	if (kinds_differ(at(place), at(root)))
		return FAIL(ENOTDIR);
	own(mount_ref, m, TRY(mount_make(give(sb), give(root), mount_flags_of(flags), *source ? source : "none")));

	hold(mount_tree, tree, &mount_tree);
	struct mount *parent = place.mount;
	struct dentry *point = at(place);
	TRY(place_settle(tree, &parent, &point));
	mount_attach(tree, give(m), parent, point);
	return DONE;
}

/* A copy of one mount of the tree, waiting for its place. */
struct clone {
	mount_ref mount;
	struct mount *original;
	struct clone *next;
};
DEFINE_BOX(clone, struct clone)
DEFINE_BOX_CACHE(clone, struct clone);
struct clones {
	struct clone *first, **last;
	uint64_t mark;			/* of this copying, in the originals */
	unsigned count;
};

static void clones_end(struct clones *c)
{
	for (struct clone *one; (one = c->first);) {
		c->first = one->next;
		drop(mount_ref, one->mount);
		clone_box_free(one);
	}
}

static result(unit) clone_add(mount_tree_locked t, struct clones *c, struct mount *m, struct dentry *root)
{
	RETURNS(unit);

	if (in(t)->count + ++c->count > MOUNTS_MAX)
		return FAIL(ENOSPC);
	own(clone_box, one, TRY(clone_box_new()));

	put_in(at(one)->mount, TRY(mount_clone(m, root)));
	at(one)->original = m;
	m->copy = at(at(one)->mount);
	m->copy_mark = c->mark;
	*c->last = at(one);
	c->last = &unbox(one)->next;
	return DONE;
}

static struct mount *clone_of(const struct clones *c, const struct mount *original) needs_lock(mount_tree_role)
{
	return original->copy_mark == c->mark ? original->copy : NULL;
}

/* Copies of m seen from root and of all that is mounted below that, parents first. */
static result(unit) clone_tree(mount_tree_locked t, struct clones *c, struct mount *m, struct dentry *root, bool recursive)
{
	RETURNS(unit);

	c->mark = ++in(t)->copies_made;
	TRY(clone_add(t, c, m, root));
	if (!recursive)
		return DONE;
	for (struct mount *sub = m; (sub = mount_next(sub, m));)
		if (sub->parent == m ? dentry_is_below(at(sub->point), root) : clone_of(c, sub->parent) != NULL)
			TRY(clone_add(t, c, sub, at(sub->root)));
	return DONE;
}

static void clones_attach(mount_tree_locked t, struct clones *c, struct mount *parent, struct dentry *point)
{
	shown_by(t);
	for (struct clone *one = c->first; one; one = one->next) {
		struct mount *up = one == c->first ? parent : clone_of(c, one->original->parent);
		struct dentry *where = one == c->first ? point : at(one->original->point);

		mount_attach(t, mount_share(at(one->mount)), up, where);
	}
}

result(unit) mount_bind(path_ref place_, path_ref from_, bool recursive, struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));
	own(path_ref, from, give(from_));
	defer(clones_end, struct clones, clones, (struct clones){});

	clones.last = &clones.first;
	if (kinds_differ(at(place), at(from)))
		return FAIL(ENOTDIR);
	hold(mount_tree, tree, &mount_tree);
	if (!mount_is_attached(from.mount))
		return FAIL(EINVAL);
	struct mount *parent = place.mount;
	struct dentry *point = at(place);
	TRY(place_settle(tree, &parent, &point));
	TRY(clone_tree(tree, &clones, from.mount, at(from), recursive));
	clones_attach(tree, &clones, parent, point);
	return DONE;
}

/* Changes of mounts. ----------------------------------------------------------------------------------------------- */

result(unit) mount_move(path_ref place_, path_ref from_, struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));
	own(path_ref, from, give(from_));
	defer(mount_place_end, struct mount_place, old, (struct mount_place){});

	hold(mount_tree, tree, &mount_tree);
	struct mount *parent = place.mount, *m = from.mount;
	struct dentry *point = at(place);
	if (!path_is_mount_root(&from) || !mount_is_attached(m) || m->parent == m || kinds_differ(at(place), at(from)))
		return FAIL(EINVAL);
	TRY(place_settle(tree, &parent, &point));
	if (mount_is_below(parent, m))
		return FAIL(ELOOP);
	mount_reattach(tree, m, parent, point, &old);
	return DONE;
}

/* EBUSY while files are open for writing. */
static result(unit) readonly_check(mount_tree_locked t, const struct mount *one, const struct superblock *sb)
{
	list_each(all_mounts, m, &in(t)->all)
		if ((one ? m == one : at(m->sb) == sb) && read_once(m->writers) > 0)
			return unit_result(EBUSY);
	return DONE;
}

result(unit) mount_remount(path_ref place_, unsigned long flags, const char *options, bool only_mount, struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));
	struct mount *m = place.mount;
	struct superblock *sb = at(m->sb);

	if (!path_is_mount_root(&place) || !mount_is_attached(m))
		return FAIL(EINVAL);
	if (flags & MS_RDONLY) {
		hold(mount_tree, tree, &mount_tree);
		TRY(readonly_check(tree, only_mount ? m : NULL, sb));
	}
	if (!only_mount) {
		if (sb->ops->remount)
			TRY(sb->ops->remount(sb, options));
		if (flags & MS_RDONLY && sb->ops->sync)
			TRY(sb->ops->sync(sb, can));
		sb->flags = (sb->flags & ~(uint32_t)SUPERBLOCK_FLAGS) | (flags & SUPERBLOCK_FLAGS);
	}
	uint32_t new_flags = mount_flags_of(flags);
	/* Without a word about access times they stay as they are. */
	if (!(flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME))) {
		const uint32_t times = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;

		new_flags = (new_flags & ~times) | (m->flags & times);
	}
	m->flags = new_flags;
	return DONE;
}

/* Unmounting. ------------------------------------------------------------------------------------------------------ */

/* The root cannot go; what umount(8) of it means at the end of a session is: nothing is written any more. */
static result(unit) root_end(struct superblock *sb, struct can_sleep can)
{
	RETURNS(unit);

	if (sb->flags & MS_RDONLY)
		return DONE;
	{
		hold(mount_tree, tree, &mount_tree);
		TRY(readonly_check(tree, NULL, sb));
	}
	if (sb->ops->sync)
		TRY(sb->ops->sync(sb, can));
	sb->flags |= MS_RDONLY;
	return DONE;
}

/*
 * Only the tree and `held` references of the caller's may hold it. A walk without locks that counts the mount now either
 * is seen here or sees name_seq move and lets go; one that counts it later is no worse than MNT_DETACH.
 */
static bool mount_is_busy(struct mount *m, int held)
{
	hold(dcache, c, &dcache);
	names_move_begin(c);
	bool busy = refcount_read(&m->refs) > 1 + held;

	names_move_end(c);
	return busy;
}

/* m and all below it, leaves first. */
static void mounts_detach_below(mount_tree_locked t, struct mount *m, struct all_mounts_list *detached)
{
	for (struct mount *one = m;;) {
		struct mount *parent = one->parent, *child = mount_first_child(one);

		if (child) {
			one = child;
			continue;
		}
		mount_detach(t, one, detached);
		if (one == m)
			return;
		one = parent;
	}
}

static result(unit) mount_end_locked(mount_tree_locked t, struct mount *m, unsigned flags, struct all_mounts_list *detached)
{
	if (!mount_is_attached(m) || m->parent == m)
		return unit_result(EINVAL);
	if (!(flags & MNT_DETACH) && mount_is_busy(m, 1))
		return unit_result(EBUSY);
	if (flags & MNT_EXPIRE && !__atomic_exchange_n(&m->expiring, true, __ATOMIC_RELAXED))
		return unit_result(EAGAIN);
	mounts_detach_below(t, m, detached);
	return DONE;
}

result(unit) mount_end(path_ref place_, unsigned flags, struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));
	struct mount *m = place.mount;
	struct all_mounts_list detached;

	if (!path_is_mount_root(&place))
		return FAIL(EINVAL);
	if (flags & MNT_EXPIRE && flags & (MNT_FORCE | MNT_DETACH))
		return FAIL(EINVAL);
	if (m == mount_root() && !(flags & (MNT_DETACH | MNT_EXPIRE)))
		return root_end(at(m->sb), can);
	all_mounts_list_init(&detached);
	{
		hold(mount_tree, tree, &mount_tree);
		TRY(mount_end_locked(tree, m, flags, &detached));
	}
	mounts_end(&detached);
	return DONE;
}

/* pivot_root(2). --------------------------------------------------------------------------------------------------- */

/* Is d of m reachable from the place `from`, downwards? */
static bool place_is_reachable(const struct mount *m, const struct dentry *d, const path_ref *from)
{
	while (m != from->mount && m->parent != m && mount_is_attached(m)) {
		d = at(m->point);
		m = m->parent;
	}
	return m == from->mount && dentry_is_below(d, at(*from));
}

struct pivot { struct mount_place old_root, old_new; };
static void pivot_end(struct pivot *p)
{
	mount_place_end(&p->old_root);
	mount_place_end(&p->old_new);
}

static result(unit) pivot_check(const path_ref *new_root, const path_ref *put_old, const path_ref *root)
{
	struct mount *top = root->mount, *fresh = new_root->mount;

	if (!mount_is_attached(fresh) || !mount_is_attached(top) || !mount_is_attached(put_old->mount))
		return unit_result(EINVAL);
	if (read_once(at(*new_root)->inode->flags) & INODE_DEAD)
		return unit_result(ENOENT);
	if (fresh == top || put_old->mount == top)
		return unit_result(EBUSY);
	if (!path_is_mount_root(root) || top->parent == top || !path_is_mount_root(new_root) || fresh->parent == fresh ||
	    !place_is_reachable(put_old->mount, at(*put_old), new_root) ||
	    !place_is_reachable(fresh, at(*new_root), root))
		return unit_result(EINVAL);
	return DONE;
}

result(unit) mount_pivot(path_ref new_root_, path_ref put_old_, struct can_sleep can)
{
	RETURNS(unit);
	own(path_ref, new_root, give(new_root_));
	own(path_ref, put_old, give(put_old_));
	own(path_ref, root, fs_context_root(current_fs()));
	defer(pivot_end, struct pivot, pivot, (struct pivot){});
	{
		hold(mount_tree, tree, &mount_tree);
		TRY(pivot_check(&new_root, &put_old, &root));
		struct mount *parent = root.mount->parent;
		struct dentry *point = at(root.mount->point);

		mount_reattach(tree, new_root.mount, parent, point, &pivot.old_new);
		mount_reattach(tree, root.mount, put_old.mount, at(put_old), &pivot.old_root);
	}
	fs_contexts_move(&root, &new_root);
	return DONE;
}

/* sync(2). --------------------------------------------------------------------------------------------------------- */

/* The next filesystem after `after` in the list that has something to write; counted. */
static superblock_ref sync_next(int *after)
{
	hold(mount_tree, tree, &mount_tree);
	list_each(all_mounts, m, &in(tree)->all) {
		struct superblock *sb = at(m->sb);

		if (m->id <= *after || !sb->ops->sync)
			continue;
		*after = m->id;
		refcount_inc(&sb->refs);
		return handle_from(superblock_ref, sb);
	}
	return none(superblock_ref);
}

void mounts_sync(struct can_sleep can)
{
	for (int after = 0;;) {
		own(superblock_ref, sb, sync_next(&after));

		if (is_none(sb))
			return;
		if (error_of(at(sb)->ops->sync(at(sb), can)) != 0)
			log_err("%s: sync failed", at(sb)->type->name);
	}
}
