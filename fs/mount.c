/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of mounts. An attached mount has one reference of the tree's and counts its parent; names below an open file,
 * a working directory and so on add theirs, and that is what makes it busy. Lookups find the mount that covers a dentry
 * in a hash table under RCU; every change of shape steps name_seq.
 */
#include "mount.h"
#include <murre/base/address.h>
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/string.h>

#define MOUNT_BUCKETS 64

guarded(mount_tree) mount_tree;
static struct mount *buckets[MOUNT_BUCKETS];
static struct mount *root_mount read_only_after_start;

DEFINE_BOX(mount, struct mount)
DEFINE_BOX_CACHE(mount, struct mount);

typedef struct mount *mount_ptr;
DEFINE_RESULT(mount_ptr);
static result(mount_ptr) mount_blank(const char *source);
static superblock_ref superblock_share(struct superblock *s);
static void bucket_insert(struct mount *m) needs_lock(mount_tree_role);
static void bucket_remove(struct mount *m) needs_lock(mount_tree_role);
static void point_unmark(mount_tree_locked t, struct dentry *point);

static struct mount **bucket_of(const struct mount *parent, const struct dentry *point)
{
	uint64_t h = (pointer_value(parent) ^ pointer_value(point) << 1) * 0x9e3779b97f4a7c15ull;

	return &buckets[h >> 58];
}

struct mount *mount_covering(const struct mount *parent, const struct dentry *point)
{
	struct mount *m = rcu_load(*bucket_of(parent, point));

	while (m && (m->parent != parent || at(m->point) != point))
		m = rcu_load(m->hash_next);
	return m;
}

result(mount_ref) mount_make(superblock_ref sb_, dentry_ref root_, uint32_t flags, const char *source)
{
	RETURNS(mount_ref);
	own(superblock_ref, sb, give(sb_));
	own(dentry_ref, root, give(root_));
	struct mount *m = TRY(mount_blank(source));

	put_in(m->sb, give(sb));
	put_in(m->root, give(root));
	m->flags = flags & MOUNT_FLAGS;
	return OK(mount_ref, handle_from(mount_ref, m));
}

result(mount_ref) mount_clone(struct mount *like, struct dentry *root)
{
	RETURNS(mount_ref);
	struct mount *m = TRY(mount_blank(like->source));

	put_in(m->sb, superblock_share(at(like->sb)));
	put_in(m->root, dentry_share(root));
	m->flags = like->flags;
	return OK(mount_ref, handle_from(mount_ref, m));
}

static superblock_ref superblock_share(struct superblock *s)
{
	refcount_inc(&s->refs);
	return handle_from(superblock_ref, s);
}

/* One that shows nothing yet. */
static result(mount_ptr) mount_blank(const char *source)
{
	static int last_id;
	RETURNS(mount_ptr);
	size_t n = strlen(source) + 1;
	own(bytes_box, text, TRY(bytes_box_new(n)));
	own(mount_box, box, TRY(mount_box_new()));
	struct mount *m = unbox(box);

	refcount_init(&m->refs, 1);
	memcpy(at(text), source, n);
	m->source = into_raw(give(text));
	m->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	mount_siblings_list_init(&m->children);
	return OK(mount_ptr, m);
}

EMBEDDED(mount, rcu_head, rcu)
static void mount_free(struct rcu_head *head) { mount_box_free(mount_of_rcu_head(head)); }

void mount_release(struct mount *m)
{
	if (unlikely(m->expiring))
		m->expiring = false;
	if (likely(!refcount_dec(&m->refs)))
		return;
	drop(dentry_ref, m->root);
	drop(superblock_ref, m->sb);
	end_raw(bytes_box, m->source);
	rcu_free(&m->rcu, mount_free);
}

result(unit) mount_want_write(const struct mount *m)
{
	return unit_result((m->flags | at(m->sb)->flags) & MS_RDONLY ? EROFS : 0);
}

/* Shape. ----------------------------------------------------------------------------------------------------------- */

void mount_attach(mount_tree_locked t, mount_ref m_, struct mount *parent, struct dentry *point)
{
	struct mount *m = into_raw(give(m_));
	hold(dcache, c, &dcache);

	shown_by(t);
	names_move_begin(c);
	m->parent = into_raw(mount_share(parent));
	put_in(m->point, dentry_share(point));
	__atomic_or_fetch(&point->flags, DENTRY_MOUNTED, __ATOMIC_RELAXED);
	bucket_insert(m);
	names_move_end(c);
	mount_siblings_list_push_back(&parent->children, m);
	all_mounts_list_push_back(&in(t)->all, m);
	in(t)->count++;
}

void mount_detach(mount_tree_locked t, struct mount *m, struct all_mounts_list *detached)
{
	{
		hold(dcache, c, &dcache);
		shown_by(t);
		names_move_begin(c);
		bucket_remove(m);
		names_move_end(c);
	}
	mount_siblings_list_remove(m);
	all_mounts_list_remove(m);
	in(t)->count--;
	point_unmark(t, at(m->point));
	all_mounts_list_push_back(detached, m);
}

/* The detached keep their parents until here: lookups that are under way may still climb. */
void mounts_end(struct all_mounts_list *detached)
{
	for (struct mount *m; (m = all_mounts_list_pop_front(detached));) {
		struct mount *parent = m->parent;

		rcu_store(m->parent, NULL);
		drop(dentry_ref, m->point);
		end_raw(mount_ref, parent);
		end_raw(mount_ref, m);
	}
}

void mount_place_end(struct mount_place *p)
{
	drop(dentry_ref, p->point);
	drop(mount_ref, p->parent);
}

void mount_reattach(mount_tree_locked t, struct mount *m, struct mount *parent, struct dentry *point, struct mount_place *old)
{
	put_in(old->parent, from_raw(mount_ref, m->parent));
	{
		hold(dcache, c, &dcache);
		shown_by(t);
		names_move_begin(c);
		bucket_remove(m);
		put_in(old->point, give(m->point));
		m->parent = into_raw(mount_share(parent));
		m->point = dentry_share(point);
		__atomic_or_fetch(&point->flags, DENTRY_MOUNTED, __ATOMIC_RELAXED);
		bucket_insert(m);
		names_move_end(c);
	}
	mount_siblings_list_remove(m);
	mount_siblings_list_push_back(&parent->children, m);
	point_unmark(t, at(old->point));
}

struct mount *mount_first_child(struct mount *m) { return mount_siblings_list_first(&m->children); }

struct mount *mount_next(struct mount *m, struct mount *top)
{
	struct mount *next = mount_first_child(m);

	while (!next) {
		if (m == top)
			return NULL;
		next = mount_siblings_list_next(&m->parent->children, m);
		m = m->parent;
	}
	return next;
}

bool mount_is_below(const struct mount *m, const struct mount *top)
{
	for (; m; m = m->parent) {
		if (m == top)
			return true;
		if (m->parent == m)
			break;
	}
	return false;
}

static void bucket_insert(struct mount *m) needs_lock(mount_tree_role)
{
	struct mount **bucket = bucket_of(m->parent, at(m->point));

	m->hash_next = *bucket;
	rcu_store(*bucket, m);
}

static void bucket_remove(struct mount *m) needs_lock(mount_tree_role)
{
	struct mount **link = bucket_of(m->parent, at(m->point));

	while (*link != m)
		link = &(*link)->hash_next;
	rcu_store(*link, m->hash_next);
}

/* The mark stays while another mount hangs on the same dentry (seen through a bind mount). */
static void point_unmark(mount_tree_locked t, struct dentry *point)
{
	list_each(all_mounts, m, &in(t)->all)
		if (at(m->point) == point)
			return;
	__atomic_and_fetch(&point->flags, ~DENTRY_MOUNTED, __ATOMIC_RELAXED);
}

/* Start. ----------------------------------------------------------------------------------------------------------- */

struct mount *mount_root(void) { return root_mount; }

static may_sleep result(mount_ref) mount_first(const struct fs_type *t)
{
	RETURNS(mount_ref);
	own(superblock_ref, sb, TRY(t->mount(t, "rootfs", 0, "", MAY_SLEEP)));
	own(dentry_ref, root, dentry_share(at(at(sb)->root)));

	return mount_make(give(sb), give(root), MS_RELATIME, "rootfs");
}

void start_code mount_start(void)
{
	const struct fs_type *t = fs_type_find("rootfs");

	own(mount_ref, m, expect(mount_first(t), "the root filesystem"));
	hold(mount_tree, tree, &mount_tree);
	all_mounts_list_init(&in(tree)->all);
	all_mounts_list_push_back(&in(tree)->all, at(m));
	in(tree)->count = 1;
	root_mount = into_raw(give(m));
	root_mount->parent = root_mount;
	in(tree)->root = root_mount;
}
