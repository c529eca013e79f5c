/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk along a path (path_resolution(7)): where it stands and what text is left. It starts under RCU, where nothing is
 * counted and nothing may sleep; when it has to (a name that is not cached, a link whose text must be made), it counts
 * what it stands on and goes on as a counted walk. If something moved under it meanwhile it fails with WALK_AGAIN, and
 * the whole walk is made anew, counted from the start.
 */
#pragma once
#include "mount.h"
#include <murre/path.h>

enum { WALK_AGAIN = 600 };		/* never leaves lookup.c's callers */
#define WALK_LINKS_MAX 40

enum walk_last { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };
struct walk {
	struct mount *mount;		/* where it stands; counted unless rcu */
	struct dentry *dentry;
	struct mount *root_mount;	/* what "/" is; likewise */
	struct dentry *root_dentry;
	const char *text;		/* what is left: empty, slashes, or slashes and components */
	struct name last;		/* the component at hand */
	enum walk_last last_kind;
	unsigned flags;			/* LOOKUP_* */
	uint32_t seq;			/* name_seq when it started, for rcu */
	uint16_t links;			/* symbolic links followed */
	bool rcu;
	bool text_borrowed;		/* text lies in an inode: only good under RCU */
	bytes_box block;		/* holds text that was spliced */
};

/* A place as seen under RCU, and which of the two were counted. */
struct spot { struct mount *mount; struct dentry *dentry; bool has_mount, has_dentry; };

/* Counted walk to the directory of the last component: w->last and w->last_kind say what that is. */
result(unit) walk_to_parent(struct walk *w, fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs);
/* Goes on from a symbolic link that is the last component (d, in the directory where w stands) to the directory of its
 * target's last component. */
result(unit) walk_through_link(struct walk *w, struct dentry *d, struct can_sleep cs);
void walk_end(struct walk *w) unproved checked_as("scope_end");
/* Not zeroed: what a walk needs is set as it starts. */
#define own_walk(name) \
	struct walk name not_zeroed ended_by(walk_end); \
	walk_clear(&name)
static inline void walk_clear(struct walk *w)
{
	w->dentry = NULL;
	w->block = none(bytes_box);
	w->links = 0;
	w->rcu = w->text_borrowed = false;
}

static inline bool walk_has_trailing_slash(const struct walk *w) { return *w->text == '/'; }
/* The place of dentry d in the directory where the counted walk stands, with what is mounted on it. */
path_ref walk_child_place(const struct walk *w, struct dentry *d);
struct fs_context *walk_context(void);

/* Between the parts of path lookup. -------------------------------------------------------------------------------- */

/* One component, w->last. True: it was a link and w->text is what it stands for; else w stands on the child. */
result(bool) walk_step(struct walk *w, bool follow, struct can_sleep cs);
/* Through the link d, seen through m. */
result(unit) walk_link(struct walk *w, const struct mount *m, struct dentry *d, struct can_sleep cs);
/* Afterwards the walk is counted, or WALK_AGAIN and it holds nothing. EAGAIN: LOOKUP_CACHED. */
result(unit) walk_leave_rcu(struct walk *w) unproved;
/* Moves a counted walk; the references come along. */
void walk_stand(struct walk *w, struct mount *m, struct dentry *d);
/* Does a counted walk stand below its start? */
bool walk_is_below_start(const struct walk *w);

/* Counts a spot found under RCU at seq. False: it has moved since; then spot_drop, but only outside RCU. */
static always_inline bool spot_count(struct spot *s, uint32_t seq)
{
	s->has_dentry = refcount_inc_not_zero(&s->dentry->refs);
	s->has_mount = refcount_inc_not_zero(&s->mount->refs);
	return likely(s->has_dentry && s->has_mount && name_seq_valid_counted(seq));
}

static inline void spot_drop(struct spot *s)
{
	if (s->has_dentry)
		dentry_release(s->dentry);
	if (s->has_mount)
		mount_release(s->mount);
}
