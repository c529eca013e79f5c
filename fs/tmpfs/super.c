/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmpfs (tmpfs(5)): files in memory. Names live in the dentry cache only, pinned there while they exist; data lives in
 * memory objects. ramfs is the same without limits, rootfs the one that everything starts from. Here: mounted
 * filesystems and the life of inodes.
 */
#include "tmpfs.h"
#include <murre/page.h>
#include <murre/string.h>
#include <linux/magic.h>

DEFINE_BOX(tmpfs, struct tmpfs)
DEFINE_BOX_CACHE(tmpfs, struct tmpfs);
DEFINE_BOX(tmpfs_inode, struct tmpfs_inode)
DEFINE_BOX_CACHE(tmpfs_inode, struct tmpfs_inode);

static const struct vm_object_ops object_ops;

/* Counts n more of something with a limit (0: none); false: the limit is reached. */
static bool quota_take(uint64_t *used, const uint64_t *limit, uint64_t n)
{
	uint64_t now = __atomic_add_fetch(used, n, __ATOMIC_RELAXED), max = read_once(*limit);

	if (likely(!max || now <= max))
		return true;
	__atomic_sub_fetch(used, n, __ATOMIC_RELAXED);
	return false;
}

/* Inodes. ---------------------------------------------------------------------------------------------------------- */

static struct inode *inode_take(struct superblock *s)
{
	struct tmpfs_inode *t = slab_take_zeroed(&tmpfs_inode_cache);

	if (!t)
		return NULL;
	t->parts = 1;
	return &t->inode;
}

static void part_put(struct tmpfs_inode *t)
{
	if (__atomic_sub_fetch(&t->parts, 1, __ATOMIC_ACQ_REL) == 0)
		slab_put(&tmpfs_inode_cache, t);
}

static void inode_put(struct inode *i)
{
	end_raw(bytes_box, (void *)i->link_text);
	part_put(tmpfs_inode_of_inode(i));
}

result(inode_draft) tmpfs_inode_new(struct superblock *sb, struct inode *dir, mode_bits mode, dev_nr rdev)
{
	RETURNS(inode_draft);
	struct tmpfs *fs = tmpfs_of(sb);

	if (!quota_take(&fs->inodes, &fs->inodes_max, 1))
		return FAIL(ENOSPC);
	attempt_own(inode_draft, draft, err, inode_new(sb, dir, mode));
	if (err) {
		__atomic_sub_fetch(&fs->inodes, 1, __ATOMIC_RELAXED);
		return FAIL(err);
	}
	struct inode *i = at(draft);
	struct tmpfs_inode *t = tmpfs_inode_of_inode(i);

	i->ino = inode_number_next();
	i->rdev = rdev;
	i->ops = &tmpfs_inode_ops;
	if (S_ISREG(mode)) {
		t->parts = 2;
		vm_object_init(&t->object, &object_ops, 0);
		i->object = &t->object;
		i->file_ops = &object_file_ops;
	} else if (S_ISDIR(mode)) {
		i->nlink = 2;
		i->ops = &tmpfs_dir_inode_ops;
		i->file_ops = &tmpfs_dir_file_ops;
		t->names.next_cookie = TMPFS_FIRST_COOKIE;
	}
	return OK(inode_draft, give(draft));
}

static void names_forget(struct tmpfs_names *n)
{
	uint64_t cookie = 0;

	while (radix_next(&n->by_cookie, &cookie))
		radix_take(&n->by_cookie, cookie);
}

void tmpfs_evict(struct inode *i)
{
	struct tmpfs *fs = tmpfs_of(i->sb);

	__atomic_sub_fetch(&fs->inodes, 1, __ATOMIC_RELAXED);
	if (i->object)
		vm_object_release(i->object);
	else if (inode_is(i, S_IFDIR))
		names_forget(&tmpfs_inode_of_inode(i)->names);
}

/* Pages. ----------------------------------------------------------------------------------------------------------- */

EMBEDDED(tmpfs_inode, vm_object, object)

static result(unit) object_charge(struct vm_object *o, uint64_t pages)
{
	struct tmpfs_inode *t = tmpfs_inode_of_vm_object(o);
	struct tmpfs *fs = tmpfs_of(t->inode.sb);

	if (!quota_take(&fs->pages, &fs->pages_max, pages))
		return unit_result(ENOSPC);
	__atomic_add_fetch(&t->pages, pages, __ATOMIC_RELAXED);
	return DONE;
}

static void object_uncharge(struct vm_object *o, uint64_t pages)
{
	struct tmpfs_inode *t = tmpfs_inode_of_vm_object(o);

	__atomic_sub_fetch(&t->pages, pages, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&tmpfs_of(t->inode.sb)->pages, pages, __ATOMIC_RELAXED);
}

static void object_free(struct vm_object *o) { part_put(tmpfs_inode_of_vm_object(o)); }

static const struct vm_object_ops object_ops = {
	.charge = object_charge,
	.uncharge = object_uncharge,
	.free = object_free,
	.memory_only = true,
};

/* Filesystems. ----------------------------------------------------------------------------------------------------- */

static void tmpfs_statfs(struct superblock *s, struct statfs_k *st)
{
	const struct tmpfs *t = tmpfs_of(s);
	uint64_t pages = read_once(t->pages), inodes = read_once(t->inodes);

	*st = (struct statfs_k){ .type = t->is_limited ? TMPFS_MAGIC : RAMFS_MAGIC, .block_size = PAGE_SIZE,
				 .name_max = NAME_BYTES_MAX };
	if (t->pages_max) {
		st->blocks = t->pages_max;
		st->free = st->available = t->pages_max > pages ? t->pages_max - pages : 0;
	}
	if (t->inodes_max) {
		st->files = t->inodes_max;
		st->files_free = t->inodes_max > inodes ? t->inodes_max - inodes : 0;
	}
}

static void tmpfs_free(struct superblock *s)
{
	if (s->private)
		tmpfs_box_free(tmpfs_of(s));
}

const struct superblock_ops tmpfs_superblock_ops = {
	.statfs = tmpfs_statfs,
	.remount = tmpfs_remount,
	.show_options = tmpfs_show_options,
	.free = tmpfs_free,
	.inode_take = inode_take,
	.inode_put = inode_put,
};

result(superblock_ref) tmpfs_superblock_new(const struct fs_type *t, uint32_t flags, const struct tmpfs *options)
{
	RETURNS(superblock_ref);
	own(tmpfs_box, fs, TRY(tmpfs_box_new()));
	own(superblock_ref, sb, TRY(superblock_new(t, &tmpfs_superblock_ops, flags)));

	*at(fs) = *options;
	at(sb)->private = unbox(fs);
	at(sb)->keeps_names = true;
	own(inode_draft, draft, TRY(tmpfs_inode_new(at(sb), NULL, S_IFDIR | options->mode, 0)));
	at(draft)->uid = options->uid;
	at(draft)->gid = options->gid;
	put_in(at(sb)->root, TRY(dentry_root(inode_publish(give(draft)))));
	return OK(superblock_ref, give(sb));
}

result(superblock_ref) tmpfs_mount(const struct fs_type *t, const char *source, uint32_t flags, const char *options,
				   struct can_sleep cs)
{
	RETURNS(superblock_ref);
	struct tmpfs fs = {};

	tmpfs_defaults(&fs);
	TRY(tmpfs_options_parse(&fs, options, false));
	return tmpfs_superblock_new(t, flags, &fs);
}

/* ramfs knows one option, mode, and ignores the others as it always has. */
static result(superblock_ref) ramfs_mount(const struct fs_type *t, const char *source, uint32_t flags, const char *options,
					  struct can_sleep cs)
{
	struct tmpfs fs = {};
	const char *end, *mode = strstr(options, "mode=");

	tmpfs_defaults(&fs);
	fs.is_limited = false;
	fs.pages_max = fs.inodes_max = 0;
	fs.mode = mode && (mode == options || mode[-1] == ',') ? string_to_u64(mode + 5, &end, 8) & 07777 : 0755;
	return tmpfs_superblock_new(t, flags, &fs);
}

static result(superblock_ref) rootfs_mount(const struct fs_type *t, const char *source, uint32_t flags, const char *options,
					   struct can_sleep cs)
{
	struct tmpfs fs = {};

	tmpfs_defaults(&fs);
	fs.mode = 0755;
	return tmpfs_superblock_new(t, flags, &fs);
}

void start_code tmpfs_start(void)
{
	static struct fs_type tmpfs = { .name = "tmpfs", .mount = tmpfs_mount };
	static struct fs_type ramfs = { .name = "ramfs", .mount = ramfs_mount };
	static struct fs_type rootfs = { .name = "rootfs", .mount = rootfs_mount };

	fs_type_register(&ramfs);
	fs_type_register(&rootfs);
	fs_type_register(&tmpfs);
}
