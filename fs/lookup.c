/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Path lookup (path_resolution(7), openat2(2)). The quick half runs under RCU: each component costs a hash, a bucket
 * and a permission check, no lock and no reference count; name_seq tells at the end whether what was seen held together,
 * and only then an answer (a place or an error) counts. The slow half does the same steps with references.
 */
#include "walk.h"
#include <murre/file.h>
#include <murre/string.h>

static result(unit) walk_begin(struct walk *w, fd_t dirfd, const char *path, unsigned flags, bool rcu, struct can_sleep cs);
static result(unit) start_counted(struct walk *w, fd_t dirfd, struct can_sleep cs);
static result(unit) start_rcu(struct walk *w, fd_t dirfd);
static result(unit) walk_whole(struct walk *w, struct can_sleep cs);
static result(unit) walk_parent(struct walk *w, struct can_sleep cs);
static result(bool) walk_step(struct walk *w, bool follow, struct can_sleep cs);
static result(bool) step_counted(struct walk *w, bool follow, struct can_sleep cs);
static result(unit) walk_up(struct walk *w);
static result(unit) walk_link(struct walk *w, const struct mount *m, struct dentry *d, struct can_sleep cs);
static result(unit) walk_leave_rcu(struct walk *w);
static result(path_ref) walk_take(struct walk *w);
static void walk_stand(struct walk *w, struct mount *m, struct dentry *d);

/* Whole paths. ----------------------------------------------------------------------------------------------------- */

static always_inline result(path_ref) lookup_once(fd_t dirfd, const char *path, unsigned flags, bool rcu, struct can_sleep cs)
{
	RETURNS(path_ref);
	own_walk(w);
	int err = error_of(walk_begin(&w, dirfd, path, flags, rcu, cs));

	if (likely(!err))
		err = error_of(walk_whole(&w, cs));
	if (likely(!err))
		return walk_take(&w);
	return FAIL(w.rcu && !name_seq_valid(w.seq) ? WALK_AGAIN : err);
}

static never_inline result(path_ref) lookup_counted(fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs)
{
	RETURNS(path_ref);

	return flags & LOOKUP_CACHED ? FAIL(EAGAIN) : lookup_once(dirfd, path, flags, false, cs);
}

result(path_ref) path_lookup(fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs)
{
	result(path_ref) found = lookup_once(dirfd, path, flags, true, cs);

	return likely(error_of(found) != WALK_AGAIN) ? found : lookup_counted(dirfd, path, flags, cs);
}

static result(unit) parent_once(struct walk *w, fd_t dirfd, const char *path, unsigned flags, bool rcu, struct can_sleep cs)
{
	RETURNS(unit);
	int err = error_of(walk_begin(w, dirfd, path, flags, rcu, cs));

	if (likely(!err))
		err = error_of(walk_parent(w, cs));
	if (likely(!err))
		return w->rcu ? walk_leave_rcu(w) : DONE;
	return FAIL(w->rcu && !name_seq_valid(w->seq) ? WALK_AGAIN : err);
}

result(unit) walk_to_parent(struct walk *w, fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs)
{
	int err = error_of(parent_once(w, dirfd, path, flags, true, cs));

	if (likely(err != WALK_AGAIN))
		return unit_result(err);
	walk_end(w);
	if (flags & LOOKUP_CACHED)
		return unit_result(EAGAIN);
	walk_clear(w);
	return parent_once(w, dirfd, path, flags, false, cs);
}

result(unit) walk_through_link(struct walk *w, struct dentry *d, struct can_sleep cs)
{
	RETURNS(unit);

	TRY(walk_link(w, w->mount, d, cs));
	return walk_parent(w, cs);
}

void walk_end(struct walk *w)
{
	if (w->rcu) {
		preempt_enable();
	} else if (w->dentry) {
		dentry_release(w->dentry);
		mount_release(w->mount);
		dentry_release(w->root_dentry);
		mount_release(w->root_mount);
	}
	if (unlikely(!is_none(w->block)))
		drop(bytes_box, w->block);
	w->rcu = false;
	w->dentry = NULL;
}

/* The child of the component at hand where nothing is special about it: cached, neither a link nor mounted on. */
static always_inline struct dentry *child_plain(const struct walk *w)
{
	struct dentry *d;
	const struct inode *i;

	if (unlikely(!w->rcu || w->last_kind != LAST_NAME))
		return NULL;
	d = dentry_find(w->dentry, &w->last);
	if (unlikely(!d || d->ops || read_once(d->flags) & DENTRY_MOUNTED || !d->recently_used))
		return NULL;
	i = rcu_load(d->inode);
	return likely(i && !inode_is(i, S_IFLNK)) ? d : NULL;
}

/* Resolves all of the text. */
static result(unit) walk_whole(struct walk *w, struct can_sleep cs)
{
	RETURNS(unit);

	for (;;) {
		TRY(walk_parent(w, cs));
		if (unlikely(w->last_kind == LAST_ROOT))
			return DONE;
		bool slash = *w->text == '/';
		struct dentry *d = child_plain(w);
		if (likely(d))
			w->dentry = d;
		else if (TRY(walk_step(w, slash || w->flags & LOOKUP_FOLLOW, cs)))
			continue;
		if ((slash || w->flags & LOOKUP_DIRECTORY) && !inode_is(w->dentry->inode, S_IFDIR))
			return FAIL(ENOTDIR);
		return DONE;
	}
}

/* Goes through all components but the last. */
static result(unit) walk_parent(struct walk *w, struct can_sleep cs)
{
	RETURNS(unit);

	for (;;) {
		struct inode *dir = w->dentry->inode;
		const char *rest;

		while (*w->text == '/')
			w->text++;
		if (unlikely(!*w->text)) {
			w->last_kind = LAST_ROOT;
			return DONE;
		}
		if (unlikely(!inode_is(dir, S_IFDIR)))
			return FAIL(ENOTDIR);
		if (unlikely((dir->mode & 0111) != 0111 || dir->ops->permission))
			TRY(inode_permission(dir, MAY_EXEC));
		w->last = name_scan(w->text);
		w->last_kind = LAST_NAME;
		if (unlikely(w->text[0] == '.')) {
			if (w->last.length == 1)
				w->last_kind = LAST_DOT;
			else if (w->last.length == 2 && w->text[1] == '.')
				w->last_kind = LAST_DOTDOT;
		}
		w->text += w->last.length;
		for (rest = w->text; *rest == '/'; rest++)
			;
		if (!*rest)
			return DONE;
		struct dentry *d = child_plain(w);
		if (likely(d))
			w->dentry = d;
		else
			(void)TRY(walk_step(w, true, cs));
	}
}

/* Where walks start. ----------------------------------------------------------------------------------------------- */

/* A place of the context, whole: pairs with place_change. */
static always_inline struct fs_seen seen_read(const struct fs_context *c, const struct fs_seen *place)
{
	for (;;) {
		uint32_t seq = __atomic_load_n(&c->seq, __ATOMIC_ACQUIRE);
		struct fs_seen seen = *place;

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (likely(!(seq & 1) && read_once(c->seq) == seq))
			return seen;
		arch_cpu_relax();
	}
}

static result(unit) walk_begin(struct walk *w, fd_t dirfd, const char *path, unsigned flags, bool rcu, struct can_sleep cs)
{
	RETURNS(unit);

	w->text = path;
	w->flags = flags;
	if (unlikely(!*path && !(flags & LOOKUP_EMPTY)))
		return FAIL(ENOENT);
	if (unlikely(!rcu)) {
		TRY(start_counted(w, dirfd, cs));
	} else {
		preempt_disable();
		w->rcu = true;
		w->seq = name_seq_read();
		TRY(start_rcu(w, dirfd));
	}
	if (unlikely(flags & LOOKUP_BENEATH && *path == '/'))
		return FAIL(EXDEV);
	if (*w->text && !inode_is(w->dentry->inode, S_IFDIR))
		return FAIL(ENOTDIR);
	return DONE;
}

/* Which of root, working directory and descriptor it is. */
static bool starts_at_root(const struct walk *w) { return *w->text == '/' && !(w->flags & LOOKUP_IN_ROOT); }

static result(unit) start_rcu(struct walk *w, fd_t dirfd)
{
	RETURNS(unit);
	const struct fs_context *c = walk_context();
	struct fs_seen root = seen_read(c, &c->seen_root), start = root;

	if (!starts_at_root(w) && dirfd.nr == AT_FDCWD) {
		start = seen_read(c, &c->seen_cwd);
	} else if (!starts_at_root(w)) {
		struct file *f = fd_peek(dirfd);

		if (!f)
			return FAIL(EBADF);
		start = (struct fs_seen){ .mount = f->path.mount, .dentry = at(f->path) };
		if (!start.dentry)
			return FAIL(f->pseudo_name && *w->text ? ENOTDIR : WALK_AGAIN);
	}
	if (unlikely(w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)))
		root = start;
	w->mount = start.mount;
	w->dentry = start.dentry;
	w->root_mount = root.mount;
	w->root_dentry = root.dentry;
	return DONE;
}

static result(path_ref) start_place(fd_t dirfd, bool needs_dir, struct can_sleep cs)
{
	RETURNS(path_ref);

	if (dirfd.nr == AT_FDCWD)
		return OK(path_ref, fs_context_cwd(walk_context()));
	own_loan(l, TRY(fd_loan_any(dirfd)));
	if (needs_dir && !inode_is(loaned(l)->inode, S_IFDIR))
		return FAIL(ENOTDIR);
	return file_place(loaned(l));
}

static result(unit) start_counted(struct walk *w, fd_t dirfd, struct can_sleep cs)
{
	RETURNS(unit);
	own(path_ref, root, fs_context_root(walk_context()));
	own(path_ref, start, none(path_ref));

	start = starts_at_root(w) ? path_share(root.mount, at(root)) : TRY(start_place(dirfd, *w->text, cs));
	if (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) {
		drop(path_ref, root);
		root = path_share(start.mount, at(start));
	}
	w->mount = start.mount;
	w->dentry = at(give(start));
	w->root_mount = root.mount;
	w->root_dentry = at(give(root));
	return DONE;
}

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
static result(bool) walk_step(struct walk *w, bool follow, struct can_sleep cs)
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

/* Counts a spot found under RCU at seq. False: it has moved since; then spot_drop, but only outside RCU. */
static always_inline bool spot_count(struct spot *s, uint32_t seq)
{
	s->has_dentry = refcount_inc_not_zero(&s->dentry->refs);
	s->has_mount = refcount_inc_not_zero(&s->mount->refs);
	return likely(s->has_dentry && s->has_mount && name_seq_valid_counted(seq));
}

static cold_path void spot_drop(struct spot *s)
{
	if (s->has_dentry)
		dentry_release(s->dentry);
	if (s->has_mount)
		mount_release(s->mount);
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
	own(dentry_ref, d, TRY(dentry_lookup(w->dentry, w->last, cs)));

	if (!at(d)->inode)
		return FAIL(ENOENT);
	if (inode_is(at(d)->inode, S_IFLNK) && follow) {
		TRY(walk_link(w, w->mount, at(d), cs));
		return OK(bool, true);
	}
	own(path_ref, place, walk_child_place(w, at(d)));
	if (w->flags & LOOKUP_NO_XDEV && place.mount != w->mount)
		return FAIL(EXDEV);
	walk_stand(w, place.mount, at(place));
	(void)give(place);
	return OK(bool, false);
}

/* Moves a counted walk; the references come along. */
static void walk_stand(struct walk *w, struct mount *m, struct dentry *d)
{
	dentry_release(w->dentry);
	mount_release(w->mount);
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
			walk_stand(w, s.mount, s.dentry);
			return DONE;
		}
		spot_drop(&s);
		if (err && stable)
			return FAIL(err);
	}
}

/* Is the spot still below the start of a walk that must not leave it? */
static bool spot_is_below_start(const struct walk *w)
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

/* Links. ----------------------------------------------------------------------------------------------------------- */

/* The text becomes link text and what was left behind it. Link text in an inode need not be copied while RCU keeps it. */
static result(unit) text_splice(struct walk *w, const char *link, bool may_borrow)
{
	RETURNS(unit);
	size_t n = strlen(link), rest = strlen(w->text);

	if (may_borrow && !rest) {
		w->text = link;
		w->text_borrowed = true;
		return DONE;
	}
	own(bytes_box, block, TRY(bytes_box_new(n + rest + 1 + 8)));
	memcpy(at(block), link, n);
	memcpy((char *)at(block) + n, w->text, rest);
	w->text = at(block);
	w->text_borrowed = false;
	if (!is_none(w->block))
		drop(bytes_box, w->block);
	w->block = give(block);
	return DONE;
}

/* An absolute link starts over at the root. */
static result(unit) walk_to_root(struct walk *w)
{
	RETURNS(unit);

	if (w->flags & LOOKUP_BENEATH || (w->flags & LOOKUP_NO_XDEV && w->mount != w->root_mount))
		return FAIL(EXDEV);
	if (w->rcu) {
		w->mount = w->root_mount;
		w->dentry = w->root_dentry;
	} else {
		refcount_inc(&w->root_mount->refs);
		refcount_inc(&w->root_dentry->refs);
		walk_stand(w, w->root_mount, w->root_dentry);
	}
	return DONE;
}

/* A link that leads to a place by itself. */
static result(unit) walk_jump(struct walk *w, struct inode *i, struct can_sleep cs)
{
	RETURNS(unit);

	if (w->flags & LOOKUP_NO_MAGICLINKS)
		return FAIL(ELOOP);
	own(path_ref, place, TRY(i->ops->follow(i, cs)));
	if (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT) || (w->flags & LOOKUP_NO_XDEV && place.mount != w->mount))
		return FAIL(EXDEV);
	walk_stand(w, place.mount, at(place));
	(void)give(place);
	return DONE;
}

static result(unit) text_read(struct walk *w, struct inode *i, struct can_sleep cs)
{
	RETURNS(unit);
	own(bytes_box, buf, TRY(bytes_box_new(PATH_BYTES_MAX)));

	if (!i->ops->readlink)
		return FAIL(EINVAL);
	return text_splice(w, TRY(i->ops->readlink(i, at(buf), PATH_BYTES_MAX, cs)), false);
}

static result(unit) walk_link(struct walk *w, const struct mount *m, struct dentry *d, struct can_sleep cs)
{
	RETURNS(unit);
	struct inode *i = d->inode;

	if (++w->links > WALK_LINKS_MAX || w->flags & LOOKUP_NO_SYMLINKS || m->flags & MS_NOSYMFOLLOW)
		return FAIL(ELOOP);
	if (w->rcu && !i->link_text)
		return FAIL(WALK_AGAIN);
	inode_touch_access(i, m);
	if (i->ops->follow)
		return walk_jump(w, i, cs);
	if (i->link_text)
		TRY(text_splice(w, i->link_text, w->rcu));
	else
		TRY(text_read(w, i, cs));
	return *w->text == '/' ? walk_to_root(w) : DONE;
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
	w->block = give(block);
	return DONE;
}

/* Afterwards the walk is counted, or WALK_AGAIN and it holds nothing. */
static result(unit) walk_leave_rcu(struct walk *w)
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
	if (likely(counted))
		return DONE;
	w->dentry = NULL;
	spot_drop(&here);
	spot_drop(&root);
	return FAIL(WALK_AGAIN);
}

static result(path_ref) walk_take(struct walk *w)
{
	RETURNS(path_ref);
	struct spot s = { w->mount, w->dentry, false, false };

	if (likely(w->rcu)) {
		bool counted = spot_count(&s, w->seq);

		w->rcu = false;
		w->dentry = NULL;
		preempt_enable();
		if (likely(counted))
			return OK(path_ref, handle_pair_from(path_ref, s.dentry, mount, s.mount));
		spot_drop(&s);
		return FAIL(WALK_AGAIN);
	}
	/* What was below the start when it was seen may have been moved out meanwhile. */
	if (unlikely(w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) && !spot_is_below_start(w))
		return FAIL(EXDEV);
	return OK(path_ref, path_share(s.mount, s.dentry));
}
