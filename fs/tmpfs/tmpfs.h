/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of tmpfs, shared with devtmpfs. */
#pragma once
#include <murre/file.h>
#include <murre/slab.h>

/* Limits and options of one mounted tmpfs; 0: no limit. Counts change atomically. */
struct tmpfs {
	uint64_t pages_max, inodes_max;
	uint64_t pages, inodes;
	uint64_t pages_default, inodes_default;	/* what options leave out */
	mode_bits mode;
	kuid_t uid;
	kgid_t gid;
	bool is_limited;			/* tmpfs; not ramfs */
};

/* A directory's names by position; the dentries live in the dentry cache while they are hashed. */
struct tmpfs_names {
	struct radix by_cookie;
	uint64_t next_cookie;
	uint64_t count;
};

struct tmpfs_inode {
	struct inode inode;
	int parts;			/* inode and object; the last one to go frees the memory */
	uint64_t pages;			/* of the object */
	union {
		struct vm_object object;
		struct tmpfs_names names;
	};
};
EMBEDDED(tmpfs_inode, inode, inode)

static inline struct tmpfs *tmpfs_of(const struct superblock *s) { return s->private; }
/* "." and ".." come first. */
#define TMPFS_FIRST_COOKIE 2

/* A published inode of the filesystem, link count 1 (directories: 2). ENOSPC, ENOMEM. */
result(inode_draft) tmpfs_inode_new(struct superblock *sb, struct inode *dir, mode_bits mode, dev_nr rdev);
/* A superblock with an empty root directory. */
result(superblock_ref) tmpfs_superblock_new(const struct fs_type *t, uint32_t flags, const struct tmpfs *options);
result(superblock_ref) tmpfs_mount(const struct fs_type *t, const char *source, uint32_t flags, const char *options,
				   struct can_sleep cs);
result(unit) tmpfs_options_parse(struct tmpfs *o, const char *text, bool is_remount);
void tmpfs_defaults(struct tmpfs *o);
void tmpfs_show_options(struct superblock *s, struct text_out *out);
result(unit) tmpfs_remount(struct superblock *s, const char *options);

void tmpfs_evict(struct inode *i);
extern const struct superblock_ops tmpfs_superblock_ops;
extern const struct inode_ops tmpfs_dir_inode_ops, tmpfs_inode_ops;
extern const struct file_ops tmpfs_dir_file_ops;
void tmpfs_start(void);
