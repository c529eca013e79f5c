/* SPDX-License-Identifier: GPL-2.0-only */
/* Path lookup. */
#include "../twin.h"
#include <fs/lookup.c>

struct raw_path { struct dentry *dentry; struct mount *mount; };
long raw_path_find(struct raw_path *found, int dirfd, const char *path, unsigned flags);
long raw_inode_permission(struct inode *i, unsigned may) TWIN(inode_permission);
/* 1: it was a link; 0: the walk stands on the child. */
long raw_walk_step(struct walk *w, bool follow) TWIN(walk_step);

static long raw_start(struct walk *w, int dirfd)
{
	const struct fs_context *c = walk_context();
	struct fs_seen root = seen_read(c, &c->seen_root), start = root;

	if (!starts_at_root(w) && dirfd == AT_FDCWD) {
		start = seen_read(c, &c->seen_cwd);
	} else if (!starts_at_root(w)) {
		struct file *f = fd_peek((fd_t){ dirfd });

		if (!f)
			return -EBADF;
		start = (struct fs_seen){ .mount = f->path.mount, .dentry = at(f->path) };
		if (!start.dentry)
			return f->pseudo_name && *w->text ? -ENOTDIR : -WALK_AGAIN;
	}
	if (unlikely(w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)))
		root = start;
	w->mount = start.mount;
	w->dentry = start.dentry;
	w->root_mount = root.mount;
	w->root_dentry = root.dentry;
	return 0;
}

/* Off the path: a start with references. */
static long raw_start_counted(struct walk *w, int dirfd)
{
	return -(long)error_of(start_counted(w, (fd_t){ dirfd }, MAY_SLEEP));
}

static never_inline long raw_begin(struct walk *w, int dirfd, const char *path, unsigned flags, bool rcu)
{
	long err;

	w->text = path;
	w->flags = flags;
	if (unlikely(!*path && !(flags & LOOKUP_EMPTY)))
		return -ENOENT;
	if (unlikely(!rcu)) {
		err = raw_start_counted(w, dirfd);
	} else {
		preempt_disable();
		w->rcu = true;
		w->seq = name_seq_read();
		err = raw_start(w, dirfd);
	}
	if (unlikely(err))
		return err;
	if (unlikely(flags & LOOKUP_BENEATH && *path == '/'))
		return -EXDEV;
	if (*w->text && !inode_is(w->dentry->inode, S_IFDIR))
		return -ENOTDIR;
	return 0;
}

/* Goes through all components but the last. */
static never_inline long raw_parent(struct walk *w)
{
	for (;;) {
		struct inode *dir = w->dentry->inode;
		const char *rest;
		struct dentry *d;
		long err;

		while (*w->text == '/')
			w->text++;
		if (unlikely(!*w->text)) {
			w->last_kind = LAST_ROOT;
			return 0;
		}
		if (unlikely(!inode_is(dir, S_IFDIR)))
			return -ENOTDIR;
		if (unlikely((dir->mode & 0111) != 0111 || dir->ops->permission)) {
			err = raw_inode_permission(dir, MAY_EXEC);
			if (unlikely(err))
				return err;
		}
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
			return 0;
		d = child_plain(w);
		if (likely(d)) {
			w->dentry = d;
			continue;
		}
		err = raw_walk_step(w, true);
		if (unlikely(err < 0))
			return err;
	}
}

/* Resolves all of the text. */
static never_inline long raw_whole(struct walk *w)
{
	for (;;) {
		struct dentry *d;
		bool slash;
		long step = raw_parent(w);

		if (unlikely(step))
			return step;
		if (unlikely(w->last_kind == LAST_ROOT))
			return 0;
		slash = *w->text == '/';
		d = child_plain(w);
		if (likely(d)) {
			w->dentry = d;
		} else {
			step = raw_walk_step(w, slash || w->flags & LOOKUP_FOLLOW);
			if (unlikely(step < 0))
				return step;
			if (step)
				continue;
		}
		if ((slash || w->flags & LOOKUP_DIRECTORY) && !inode_is(w->dentry->inode, S_IFDIR))
			return -ENOTDIR;
		return 0;
	}
}

static always_inline long raw_take(struct walk *w, struct raw_path *found)
{
	struct spot s = { w->mount, w->dentry, false, false };
	bool counted;

	if (likely(w->rcu)) {
		counted = spot_count(&s, w->seq);
		w->rcu = false;
		w->dentry = NULL;
		preempt_enable();
		if (unlikely(!counted)) {
			spot_drop(&s);
			return -WALK_AGAIN;
		}
		found->dentry = s.dentry;
		found->mount = s.mount;
		return 0;
	}
	/* What was below the start when it was seen may have been moved out meanwhile. */
	if (unlikely(w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) && !walk_is_below_start(w))
		return -EXDEV;
	refcount_inc(&s.mount->refs);
	refcount_inc(&s.dentry->refs);
	found->dentry = s.dentry;
	found->mount = s.mount;
	return 0;
}

static always_inline long raw_find_once(struct raw_path *found, int dirfd, const char *path, unsigned flags, bool rcu)
{
	struct walk w not_zeroed;
	long err;

	walk_clear(&w);
	err = raw_begin(&w, dirfd, path, flags, rcu);
	if (likely(!err))
		err = raw_whole(&w);
	if (likely(!err))
		err = raw_take(&w, found);
	else if (w.rcu && !name_seq_valid(w.seq))
		err = -WALK_AGAIN;
	walk_end(&w);
	return err;
}

static never_inline long raw_find_counted(struct raw_path *found, int dirfd, const char *path, unsigned flags)
{
	return flags & LOOKUP_CACHED ? -EAGAIN : raw_find_once(found, dirfd, path, flags, false);
}

long raw_path_find(struct raw_path *found, int dirfd, const char *path, unsigned flags)
{
	long err = raw_find_once(found, dirfd, path, flags, true);

	return unlikely(err == -WALK_AGAIN) ? raw_find_counted(found, dirfd, path, flags) : err;
}
