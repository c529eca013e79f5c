/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places as text. The text grows from the end of the buffer towards the root, under RCU; it is made again when a name
 * moved meanwhile.
 */
#include "walk.h"
#include <murre/string.h>

struct climb {
	char *buf, *start;
	bool is_full;
};

static void prepend(struct climb *c, const char *bytes, size_t n)
{
	if (n > (size_t)(c->start - c->buf)) {
		c->is_full = true;
		return;
	}
	c->start -= n;
	memcpy(c->start, bytes, n);
}

/* A name that a rename is just changing may be read in halves, but never beyond its storage. */
static void prepend_name(struct climb *c, const struct dentry *d)
{
	const char *bytes = read_once(d->name.bytes);
	size_t n = min(d->name.length, bytes == d->inline_name ? (uint32_t)DENTRY_INLINE_NAME : NAME_BYTES_MAX);

	prepend(c, bytes, n);
	prepend(c, "/", 1);
}

/* True: got to the root; false: to the top of something else. */
static bool climb(struct climb *c, const struct spot *root, const struct mount *m, const struct dentry *d)
{
	for (;;) {
		if (m == root->mount && d == root->dentry)
			return true;
		if (m && d == at(m->root)) {
			const struct dentry *point = at(m->point);

			if (!m->parent || m->parent == m || !point)
				return false;
			d = point;
			m = m->parent;
			continue;
		}
		if (dentry_is_root(d)) {
			/* Pseudo files have a name of their own instead of a path. */
			if (d->name.length > 1)
				prepend_name(c, d), c->start++;
			return false;
		}
		prepend_name(c, d);
		d = d->parent;
	}
}

static result(char_ptr) print(const struct spot *root, struct mount *m, struct dentry *d, char *buf, size_t cap, bool *reached)
{
	RETURNS(char_ptr);

	for (;;) {
		struct climb c = { .buf = buf, .start = buf + cap };

		hold_rcu(reading);
		uint32_t seq = name_seq_read();
		prepend(&c, "", 1);
		if (!dentry_is_hashed(d) && !dentry_is_root(d))
			prepend(&c, " (deleted)", 10);
		char *empty = c.start;
		*reached = climb(&c, root, m, d);
		if (c.start == empty)
			prepend(&c, "/", 1);
		if (name_seq_valid(seq))
			return c.is_full ? FAIL(ENAMETOOLONG) : OK(char_ptr, c.start);
	}
}

result(char_ptr) path_print_from(const path_ref *root, struct mount *m, struct dentry *d, char *buf, size_t cap, bool *reached)
{
	struct spot top = { .mount = root->mount, .dentry = at(*root) };
	bool unused;

	return print(&top, m, d, buf, cap, reached ? reached : &unused);
}

result(char_ptr) path_print(struct mount *m, struct dentry *d, char *buf, size_t cap)
{
	own(path_ref, root, fs_context_root(walk_context()));

	return path_print_from(&root, m, d, buf, cap, NULL);
}

result(char_ptr) dentry_print(struct dentry *d, char *buf, size_t cap)
{
	struct spot none = {};
	bool reached;

	return print(&none, NULL, d, buf, cap, &reached);
}
