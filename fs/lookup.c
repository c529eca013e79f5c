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
static always_inline result(path_ref) walk_take(struct walk *w);

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
	RETURNS(path_ref);
	attempt_own(path_ref, found, err, lookup_once(dirfd, path, flags, true, cs));

	if (likely(!err))
		return OK(path_ref, give(found));
	return err == WALK_AGAIN ? lookup_counted(dirfd, path, flags, cs) : FAIL(err);
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
		end_raw(path_ref, w->dentry, w->mount);
		end_raw(path_ref, w->root_dentry, w->root_mount);
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
	unproved
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
	w->dentry = into_raw(give(start));
	w->root_mount = root.mount;
	w->root_dentry = into_raw(give(root));
	return DONE;
}

/* Where walks end. -------------------------------------------------------------------------------------------------- */

static always_inline result(path_ref) walk_take(struct walk *w) unproved
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
	if (unlikely(w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) && !walk_is_below_start(w))
		return FAIL(EXDEV);
	return OK(path_ref, path_share(s.mount, s.dentry));
}
