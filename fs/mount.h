/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the tree of mounts: one lock for its shape; lookups read it under RCU and name_seq. All mounts are
 * private: nothing propagates.
 */
#pragma once
#include "dcache.h"

DEFINE_LIST(all_mounts, struct mount, all)
DEFINE_LIST_FUNCTIONS(mount_siblings, struct mount, siblings)
struct mount_tree {
	struct all_mounts_list all;	/* in the order of attachment */
	uint64_t copies_made;		/* numbers the copyings of trees */
	unsigned count;
	struct mount *root;
};
DEFINE_GUARDED(mount_tree, struct mount_tree, RANK_MOUNT)
extern guarded(mount_tree) mount_tree;

#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
		     MS_STRICTATIME | MS_NOSYMFOLLOW)
#define SUPERBLOCK_FLAGS (MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_SILENT)

/* The mount that covers d as seen through m; NULL: none. Under RCU and name_seq, or with the tree locked. */
struct mount *mount_covering(const struct mount *m, const struct dentry *d);
/* A mount in no tree yet. ENOMEM. */
result(mount_ref) mount_make(superblock_ref sb, dentry_ref root, uint32_t flags, const char *source);
/* Another mount of what m shows, seen from root; in no tree yet. ENOMEM. Nothing ends in it that might sleep. */
result(mount_ref) mount_clone(struct mount *m, struct dentry *root);
/* Hangs m into the tree, which takes over the reference; counts the parent. */
void mount_attach(mount_tree_locked t, mount_ref m, struct mount *parent, struct dentry *point);
/* Takes m alone out of the tree; its references are put onto the list of the detached, ended by mounts_end. */
void mount_detach(mount_tree_locked t, struct mount *m, struct all_mounts_list *detached);
void mounts_end(struct all_mounts_list *detached);
/* Hangs an attached mount elsewhere; what it hung on goes to old. */
struct mount_place { mount_ref parent; dentry_ref point; };
void mount_place_end(struct mount_place *p) checked_as("scope_end");
void mount_reattach(mount_tree_locked t, struct mount *m, struct mount *parent, struct dentry *point, struct mount_place *old);
/* m, then all below it, parents first; NULL at the end. */
struct mount *mount_next(struct mount *m, struct mount *top);
struct mount *mount_first_child(struct mount *m);
static inline bool mount_is_attached(const struct mount *m) { return m->parent != NULL; }
static inline bool path_is_mount_root(const path_ref *p) { return at(*p) == at(p->mount->root); }
bool mount_is_below(const struct mount *m, const struct mount *top);
const struct fs_type *fs_type_find(const char *name);
void mount_start(void);
