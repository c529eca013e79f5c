/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of procfs. An inode is made for each name that is looked up and lives as long as it is used; it embeds a
 * struct proc_node: which row of which table, about which subject. Rows live for good.
 */
#pragma once
#include <murre/procfs.h>
#include <murre/slab.h>
#include <murre/string.h>

struct proc_node {
	const struct proc_entry *entry;
	proc_subject subject;		/* owns its reference */
};
struct proc_inode {
	struct inode inode;
	struct proc_node node;
};
EMBEDDED(proc_inode, inode, inode)
static inline struct proc_node *node_of(const struct inode *i)
{
	return &proc_inode_of_inode((struct inode *)i)->node;
}
proc_subject proc_subject_share(const proc_subject *s);
static inline bool proc_subject_alive(const proc_subject *s) { return !s->ops || s->ops->alive(s); }

/* Rows that proc_register added to a directory, in blocks; the list grows at its end and never shrinks. */
struct proc_rows {
	const struct proc_entry *rows;
	size_t count;
	struct proc_rows *next;
};
struct proc_directory {
	struct proc_rows *first;
};
extern struct proc_directory proc_root_directory;
extern const struct proc_entry proc_root_entry;
/* The n-th row of a directory; NULL past the last. Numbers are not rows. */
const struct proc_entry *proc_row_nth(const struct proc_entry *dir, size_t n);
const struct proc_entry *proc_row_find(const struct proc_entry *dir, struct name name);
/* Where the pid directories of the root come from. */
const struct proc_numbers *proc_numbers_of(const struct proc_entry *dir);
unsigned proc_subdirectories(const struct proc_entry *dir);

/* An inode number that is the same each time for the same row and subject. */
uint64_t proc_ino(const struct proc_entry *e, const proc_subject *s);
/* Takes the subject over. ENOMEM. */
result(inode_ref) proc_inode_make(struct superblock *sb, const struct proc_entry *e, proc_subject s);

extern const struct inode_ops proc_directory_inode_ops, proc_link_inode_ops, proc_magic_link_inode_ops;
extern const struct file_ops proc_directory_file_ops, proc_text_file_ops;
result(unit) proc_inode_permission(struct inode *i, unsigned may);
result(unit) proc_inode_setattr(struct inode *i, const struct inode_attrs *a, struct can_sleep cs);
void proc_inode_evict(struct inode *i);
