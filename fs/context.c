/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks stand: root, working directory and umask, shared between tasks by CLONE_FS. Writers hold the places' lock
 * and step `seq`; lookups copy `seen` without it. Kernel tasks stand at the root of everything.
 */
#include "walk.h"
#include <murre/slab.h>
#include <murre/string.h>

DEFINE_LIST(fs_context, struct fs_context, all)
DEFINE_GUARDED(fs_contexts, struct fs_context_list, RANK_FILES - 1)
static guarded(fs_contexts) contexts;
static struct fs_context kernel_context;

DEFINE_BOX(fs_context, struct fs_context)
DEFINE_BOX_CACHE(fs_context, struct fs_context);

struct fs_context *walk_context(void)
{
	struct fs_context *c = current_fs();

	return likely(c) ? c : &kernel_context;
}

static void context_fill(struct fs_context *c, path_ref root, path_ref cwd)
{
	c->seen_root = (struct fs_seen){ root.mount, at(root) };
	c->seen_cwd = (struct fs_seen){ cwd.mount, at(cwd) };
	hold(fs_places, places, &c->places);
	put_in(in(places)->root, give(root));
	put_in(in(places)->cwd, give(cwd));
}

void start_code fs_context_start(void)
{
	struct mount *m = mount_root();
	{
		hold(fs_contexts, all, &contexts);
		fs_context_list_init(in(all));
	}
	refcount_init(&kernel_context.refs, 1);
	context_fill(&kernel_context, path_share(m, at(m->root)), path_share(m, at(m->root)));
}

static result(fs_context_ref) context_new(path_ref root_, path_ref cwd_, uint32_t umask)
{
	RETURNS(fs_context_ref);
	own(path_ref, root, give(root_));
	own(path_ref, cwd, give(cwd_));
	own(fs_context_box, box, TRY(fs_context_box_new()));
	struct fs_context *c = unbox(box);

	refcount_init(&c->refs, 1);
	c->umask = umask;
	context_fill(c, give(root), give(cwd));
	hold(fs_contexts, all, &contexts);
	fs_context_list_push_back(in(all), c);
	return OK(fs_context_ref, handle_from(fs_context_ref, c));
}

result(fs_context_ref) fs_context_first(void)
{
	struct mount *m = mount_root();

	return context_new(path_share(m, at(m->root)), path_share(m, at(m->root)), 022);
}

result(fs_context_ref) fs_context_copy(struct fs_context *c)
{
	return context_new(fs_context_root(c), fs_context_cwd(c), read_once(c->umask));
}

fs_context_ref fs_context_share(struct fs_context *c)
{
	refcount_inc(&c->refs);
	return handle_from(fs_context_ref, c);
}

handles_are_counted(fs_context_ref, struct fs_context, refs);

void fs_context_release(struct fs_context *c)
{
	own(path_ref, root, none(path_ref));
	own(path_ref, cwd, none(path_ref));

	if (!refcount_dec(&c->refs))
		return;
	{
		hold(fs_contexts, all, &contexts);
		fs_context_list_remove(c);
	}
	{
		hold(fs_places, places, &c->places);
		root = give(in(places)->root);
		cwd = give(in(places)->cwd);
	}
	fs_context_box_free(c);
}

path_ref fs_context_root(struct fs_context *c)
{
	hold(fs_places, places, &c->places);
	return path_share(in(places)->root.mount, at(in(places)->root));
}

path_ref fs_context_cwd(struct fs_context *c)
{
	hold(fs_places, places, &c->places);
	return path_share(in(places)->cwd.mount, at(in(places)->cwd));
}

/* Readers of `seen` start over when seq was odd or has changed; pairs with seen_read. */
static path_ref place_change(struct fs_context *c, path_ref *field, struct fs_seen *seen, path_ref p)
{
	own(path_ref, old, give(*field));

	__atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*seen = (struct fs_seen){ p.mount, at(p) };
	__atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELEASE);
	*field = give(p);
	return give(old);
}

void fs_context_set_root(struct fs_context *c, path_ref p)
{
	own(path_ref, old, none(path_ref));
	hold(fs_places, places, &c->places);
	old = place_change(c, &in(places)->root, &c->seen_root, give(p));
}

void fs_context_set_cwd(struct fs_context *c, path_ref p)
{
	own(path_ref, old, none(path_ref));
	hold(fs_places, places, &c->places);
	old = place_change(c, &in(places)->cwd, &c->seen_cwd, give(p));
}

static bool place_is(const path_ref *a, const path_ref *b) { return a->mount == b->mount && at(*a) == at(*b); }

/* How many references to `from` are left over: ending one may sleep, which the locks here forbid. */
static unsigned places_move(struct fs_context *c, const path_ref *from, const path_ref *to)
{
	hold(fs_places, places, &c->places);
	bool root = place_is(&in(places)->root, from), cwd = place_is(&in(places)->cwd, from);

	if (root)
		(void)into_raw(place_change(c, &in(places)->root, &c->seen_root, path_share(to->mount, at(*to))));
	if (cwd)
		(void)into_raw(place_change(c, &in(places)->cwd, &c->seen_cwd, path_share(to->mount, at(*to))));
	return root + cwd;
}

void fs_contexts_move(const path_ref *from, const path_ref *to)
{
	unsigned left = 0;

	{
		hold(fs_contexts, all, &contexts);
		list_each(fs_context, c, in(all))
			left += places_move(c, from, to);
	}
	while (left--)
		end_raw(path_ref, at(*from), from->mount);
}

/* Paths from programs. --------------------------------------------------------------------------------------------- */

static cold_path result(unit) path_read_long(struct path_buf *b, user_cstr path, struct can_sleep cs)
{
	RETURNS(unit);
	own(bytes_box, block, TRY(bytes_box_new(PATH_BYTES_MAX + 8)));

	b->length = TRY(copy_string_from_user(at(block), PATH_BYTES_MAX, path, cs));
	b->text = at(block);
	put_in(b->block, give(block));
	return DONE;
}

result(unit) path_buf_read(struct path_buf *b, user_cstr path, bool allow_empty, struct can_sleep cs)
{
	RETURNS(unit);
	attempt(n, err, copy_string_from_user(b->inline_text, PATH_BUF_INLINE, path, cs));

	if (unlikely(err)) {
		if (err != ENAMETOOLONG)
			return FAIL(err);
		return path_read_long(b, path, cs);
	}
	if (unlikely(n == 0 && !allow_empty))
		return FAIL(ENOENT);
	b->text = b->inline_text;
	b->length = n;
	return DONE;
}
