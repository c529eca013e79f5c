/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mounted filesystems (superblocks) and the list of their types. A superblock lives as long as mounts refer to it; then
 * its names are forgotten, its inodes go, and the last of them takes the memory along.
 */
#include "mount.h"
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/string.h>

DEFINE_GUARDED(fs_types, struct { const struct fs_type *first; }, RANK_DEVICE)
static guarded(fs_types) fs_types;

DEFINE_BOX(superblock, struct superblock)
DEFINE_BOX_CACHE(superblock, struct superblock);

void fs_type_register(struct fs_type *t)
{
	hold(fs_types, types, &fs_types);
	t->next = (struct fs_type *)in(types)->first;
	rcu_store(in(types)->first, t);
}

const struct fs_type *fs_type_first(void)
{
	hold(fs_types, types, &fs_types);
	return in(types)->first;
}

const struct fs_type *fs_type_find(const char *name)
{
	for (const struct fs_type *t = fs_type_first(); t; t = t->next)
		if (!t->internal && strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

result(superblock_ref) superblock_new(const struct fs_type *t, const struct superblock_ops *ops, uint32_t flags)
{
	static uint32_t last_minor;
	RETURNS(superblock_ref);
	own(superblock_box, box, TRY(superblock_box_new()));
	struct superblock *s = unbox(box);

	refcount_init(&s->refs, 1);
	s->inode_count = 1;
	s->type = t;
	s->ops = ops;
	s->flags = flags & SUPERBLOCK_FLAGS;
	s->dev = dev_make(0, __atomic_add_fetch(&last_minor, 1, __ATOMIC_RELAXED));
	s->block_size = PAGE_SIZE;
	s->max_bytes = INT64_MAX;
	unshared(dcache_role);
	hashed_dentry_list_init(&s->dentries);
	return OK(superblock_ref, handle_from(superblock_ref, s));
}

handles_are_counted(superblock_ref, struct superblock, refs);

void superblock_release(struct superblock *s)
{
	if (!refcount_dec(&s->refs))
		return;
	if (s->ops && s->ops->sync && error_of(s->ops->sync(s, MAY_SLEEP)) != 0)
		log_err("%s: data may be lost: it could not be written at unmount", s->type->name);
	dentries_forget_all(s);
	drop(dentry_ref, s->root);
	superblock_inode_gone(s);
}

void superblock_inode_gone(struct superblock *s)
{
	if (__atomic_sub_fetch(&s->inode_count, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	if (s->ops && s->ops->free)
		s->ops->free(s);
	superblock_box_free(s);
}
