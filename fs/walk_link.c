/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbolic links on a walk (symlink(7)): the link's text and what was left behind it become the text that is left; a
 * link that leads to a place by itself (/proc/PID/fd) moves the walk there. At most 40 per path.
 */
#include "walk.h"
#include <murre/string.h>

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
		walk_stand(w, w->root_mount, into_raw(path_share(w->root_mount, w->root_dentry)));
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
	(void)into_raw(give(place));
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

result(unit) walk_link(struct walk *w, const struct mount *m, struct dentry *d, struct can_sleep cs)
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
