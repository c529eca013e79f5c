/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of a walk: to a child, through what is mounted on it, up, and from RCU to references. Where a walk without
 * locks cannot tell (nothing cached, something moved), it becomes a counted one or is made again.
 */
#include "walk.h"
#include <murre/file.h>
#include <murre/string.h>

static result(bool) step_counted(struct walk *w, bool follow, struct can_sleep cs);
static result(unit) walk_up(struct walk *w);

/* Steps. ----------------------------------------------------------------------------------------------------------- */

/* What is mounted on a spot, all the way up. Under RCU. EXDEV, WALK_AGAIN. */
static result(unit) spot_cross(struct spot *s, unsigned flags)
{
	RETURNS(unit);

	while (unlikely(read_once(s->dentry->flags) & DENTRY_MOUNTED)) {
		struct mount *m = mount_covering(s->mount, s->dentry);

		if (!m)
			break;
		if (flags & LOOKUP_NO_XDEV)
			return FAIL(EXDEV);
		*s = (struct spot){ .mount = m, .dentry = at(m->root) };
		if (!s->dentry)
			return FAIL(WALK_AGAIN);
	}
	return DONE;
}

/* True: it was a link and w->text is what it stands for; else w stands on the child. */
result(bool) walk_step(struct walk *w, bool follow, struct can_sleep cs)
{
	RETURNS(bool);

	if (unlikely(w->last_kind != LAST_NAME)) {
		if (w->last_kind == LAST_DOTDOT)
			TRY(walk_up(w));
		return OK(bool, false);
	}
	if (unlikely(!w->rcu))
		return step_counted(w, follow, cs);

	struct dentry *d = dentry_find(w->dentry, &w->last);
	if (unlikely(!d)) {
		if (w->dentry->sb->keeps_names)
			return FAIL(w->last.length > NAME_BYTES_MAX ? ENAMETOOLONG : ENOENT);
		TRY(walk_leave_rcu(w));
		return step_counted(w, follow, cs);
	}
	if (unlikely(!dentry_is_valid(d))) {
		TRY(walk_leave_rcu(w));
		return step_counted(w, follow, cs);
	}
	struct inode *i = rcu_load(d->inode);
	if (unlikely(!i))
		return FAIL(ENOENT);
	if (unlikely(!d->recently_used))
		d->recently_used = true;
	if (unlikely(inode_is(i, S_IFLNK) && follow)) {
		TRY(walk_link(w, w->mount, d, cs));
		return OK(bool, true);
	}
	struct spot s = { .mount = w->mount, .dentry = d };
	TRY(spot_cross(&s, w->flags));
	w->mount = s.mount;
	w->dentry = s.dentry;
	return OK(bool, false);
}

path_ref walk_child_place(const struct walk *w, struct dentry *d)
{
	for (;;) {
		struct spot s = { w->mount, d, false, false };
		bool counted;
		{
			hold_rcu(reading);
			uint32_t seq = name_seq_read();
			counted = error_of(spot_cross(&s, 0)) == 0 && spot_count(&s, seq);
		}
		if (counted)
			return handle_pair_from(path_ref, s.dentry, mount, s.mount);
		spot_drop(&s);
	}
}

static result(bool) step_counted(struct walk *w, bool follow, struct can_sleep cs)
{
	RETURNS(bool);
	own(dentry_ref, d, TRY(name_found(TRY(dentry_lookup(w->dentry, w->last, cs)))));

	if (inode_is(at(d)->inode, S_IFLNK) && follow) {
		TRY(walk_link(w, w->mount, at(d), cs));
		return OK(bool, true);
	}
	own(path_ref, place, walk_child_place(w, at(d)));
	if (w->flags & LOOKUP_NO_XDEV && place.mount != w->mount)
		return FAIL(EXDEV);
	walk_stand(w, place.mount, at(place));
	(void)into_raw(give(place));
	return OK(bool, false);
}

/* Moves a counted walk; the references come along. */
void walk_stand(struct walk *w, struct mount *m, struct dentry *d)
{
	end_raw(path_ref, w->dentry, w->mount);
	w->mount = m;
	w->dentry = d;
}

/* "..": under RCU, nothing counted. A bind mount's root is a wall for what was moved out from below it (ENOENT). */
static result(unit) spot_up(const struct walk *w, struct spot *s)
{
	RETURNS(unit);

	for (;;) {
		struct dentry *root = at(s->mount->root);

		if (s->dentry == w->root_dentry && s->mount == w->root_mount) {
			if (w->flags & LOOKUP_BENEATH)
				return FAIL(EXDEV);
			break;
		}
		if (s->dentry != root) {
			s->dentry = s->dentry->parent;
			if (root != at(at(s->mount->sb)->root) && !dentry_is_below(s->dentry, root))
				return FAIL(ENOENT);
			break;
		}
		struct spot up = { .mount = s->mount->parent, .dentry = at(s->mount->point) };
		if (!up.mount || up.mount == s->mount)
			break;
		if (!up.dentry)
			return FAIL(WALK_AGAIN);
		if (w->flags & LOOKUP_NO_XDEV)
			return FAIL(EXDEV);
		*s = up;
	}
	return spot_cross(s, w->flags);
}

static result(unit) walk_up(struct walk *w)
{
	RETURNS(unit);

	for (;;) {
		struct spot s = { w->mount, w->dentry, false, false };
		bool counted, stable;
		int err;

		if (w->rcu) {
			TRY(spot_up(w, &s));
			w->mount = s.mount;
			w->dentry = s.dentry;
			return DONE;
		}
		{
			hold_rcu(reading);
			uint32_t seq = name_seq_read();
			err = error_of(spot_up(w, &s));
			counted = !err && spot_count(&s, seq);
			stable = name_seq_valid(seq);
		}
		if (counted) {
			walk_stand(w, s.mount, into_raw(handle_pair_from(path_ref, s.dentry, mount, s.mount)));
			return DONE;
		}
		spot_drop(&s);
		if (err && stable)
			return FAIL(err);
	}
}

/* Is the spot still below the start of a walk that must not leave it? */
bool walk_is_below_start(const struct walk *w)
{
	for (;;) {
		hold_rcu(reading);
		uint32_t seq = name_seq_read();
		const struct mount *m = w->mount;
		const struct dentry *d = w->dentry;

		while (d && m != w->root_mount && m->parent && m->parent != m) {
			d = at(m->point);
			m = m->parent;
		}
		bool below = d && m == w->root_mount && dentry_is_below(d, w->root_dentry);
		if (name_seq_valid(seq))
			return below;
	}
}

/* From RCU to references. ------------------------------------------------------------------------------------------ */

/* Text in an inode is only there under RCU: copies what is still needed, from the component at hand on. */
static result(unit) text_keep(struct walk *w)
{
	RETURNS(unit);
	const char *from = w->last_kind == LAST_ROOT ? w->text : w->last.bytes;
	size_t n = strlen(from);
	own(bytes_box, block, TRY(bytes_box_new(n + 1 + 8)));

	memcpy(at(block), from, n);
	w->text = (char *)at(block) + (w->text - from);
	w->last.bytes = at(block);
	w->text_borrowed = false;
	put_in(w->block, give(block));
	return DONE;
}

/* Afterwards the walk is counted, or WALK_AGAIN and it holds nothing. */
result(unit) walk_leave_rcu(struct walk *w)
{
	RETURNS(unit);
	struct spot here = { w->mount, w->dentry, false, false }, root = { w->root_mount, w->root_dentry, false, false };

	if (w->flags & LOOKUP_CACHED)
		return FAIL(EAGAIN);
	if (w->text_borrowed)
		TRY(text_keep(w));
	bool counted = spot_count(&here, w->seq) && spot_count(&root, w->seq);

	w->rcu = false;
	preempt_enable();
	if (likely(counted)) {
		(void)into_raw(handle_pair_from(path_ref, here.dentry, mount, here.mount));
		(void)into_raw(handle_pair_from(path_ref, root.dentry, mount, root.mount));
		return DONE;
	}
	w->dentry = NULL;
	spot_drop(&here);
	spot_drop(&root);
	return FAIL(WALK_AGAIN);
}
