/* SPDX-License-Identifier: GPL-2.0-only */
/* The filesystem "proc": its superblock, one per mount, all with the same content; and its inodes. */
#include <murre/base/address.h>
#include <murre/random.h>
#include <murre/start.h>
#include <linux/magic.h>
#include "proc.h"

DEFINE_BOX(proc_inode, struct proc_inode)
DEFINE_BOX_CACHE(proc_inode, struct proc_inode);

enum { PROC_ROOT_INO = 1 };
static uint64_t ino_secret;		/* inode numbers must not tell kernel addresses */

/* Subjects. -------------------------------------------------------------------------------------------------------- */

proc_subject proc_subject_share(const proc_subject *s)
{
	if (s->ops)
		s->ops->share(s->object);
	return *s;
}

void proc_subject_end(proc_subject *s)
{
	const struct proc_subject_ops *ops = s->ops;

	s->ops = NULL;
	if (ops)
		ops->release(s->object);
}

/* Inodes. ---------------------------------------------------------------------------------------------------------- */

uint64_t proc_ino(const struct proc_entry *e, const proc_subject *s)
{
	uint64_t h = ino_secret;
	const uint64_t parts[] = { pointer_value(e), pointer_value(s->ops ? s->object : NULL), s->ops ? s->number : 0 };

	if (e == &proc_root_entry)
		return PROC_ROOT_INO;
	for (unsigned i = 0; i < array_size(parts); i++) {
		h = (h ^ parts[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	return (h & 0xffffffffff) + PROC_ROOT_INO + 1;
}

static result(unit) file_open_check(struct inode *i, struct file *f, struct can_sleep cs)
{
	struct proc_node *n = node_of(i);

	return n->entry->open ? n->entry->open(&n->subject, cs) : DONE;
}

static const struct inode_ops file_inode_ops = {
	.open = file_open_check, .permission = proc_inode_permission, .setattr = proc_inode_setattr, .evict = proc_inode_evict,
};

static const struct inode_ops *inode_ops_for(const struct proc_entry *e)
{
	switch (e->mode & S_IFMT) {
	case S_IFDIR:
		return &proc_directory_inode_ops;
	case S_IFLNK:
		return e->follow ? &proc_magic_link_inode_ops : &proc_link_inode_ops;
	}
	return &file_inode_ops;
}

static const struct file_ops *file_ops_for(const struct proc_entry *e)
{
	if (e->file_ops)
		return e->file_ops;
	return S_ISDIR(e->mode) ? &proc_directory_file_ops : &proc_text_file_ops;
}

result(inode_ref) proc_inode_make(struct superblock *sb, const struct proc_entry *e, proc_subject subject)
{
	RETURNS(inode_ref);
	defer(proc_subject_end, proc_subject, s, subject);
	mode_bits mode = e->permissions ? (e->mode & S_IFMT) | e->permissions(&s) : e->mode;
	own(inode_draft, d, TRY(inode_new(sb, NULL, mode)));
	struct inode *i = at(d);

	i->uid = (kuid_t){ 0 };
	i->gid = (kgid_t){ 0 };
	if (s.ops && s.ops->owner)
		s.ops->owner(&s, &i->uid, &i->gid);
	i->ino = proc_ino(e, &s);
	i->ops = inode_ops_for(e);
	i->file_ops = file_ops_for(e);
	i->nlink = S_ISDIR(mode) ? 2 + proc_subdirectories(e) : 1;
	*node_of(i) = (struct proc_node){ .entry = e, .subject = s };
	s.ops = NULL;			/* the node's now */
	return OK(inode_ref, inode_publish(give(d)));
}

void proc_inode_evict(struct inode *i)
{
	proc_subject_end(&node_of(i)->subject);
}

/* The row's own check comes on top of the mode bits of links and files, and instead of those of directories. */
result(unit) proc_inode_permission(struct inode *i, unsigned may)
{
	struct proc_node *n = node_of(i);

	if (n->entry->permission)
		return n->entry->permission(&n->subject, may);
	return inode_mode_permits(i, current_cred(), may);
}

/* Files of processes keep their mode; sizes are always 0. */
result(unit) proc_inode_setattr(struct inode *i, const struct inode_attrs *a, struct can_sleep cs)
{
	if (a->valid & ATTR_MODE && node_of(i)->subject.ops)
		return unit_result(EPERM);
	inode_change_apply(i, a, cs);
	return DONE;
}

static struct inode *proc_inode_take(struct superblock *sb)
{
	struct proc_inode *p = slab_take_zeroed(&proc_inode_cache);

	return p ? &p->inode : NULL;
}

static void proc_inode_put(struct inode *i)
{
	slab_put(&proc_inode_cache, proc_inode_of_inode(i));
}

/* Superblocks. ----------------------------------------------------------------------------------------------------- */

static void proc_statfs(struct superblock *s, struct statfs_k *st)
{
	*st = (struct statfs_k){ .type = PROC_SUPER_MAGIC, .block_size = PAGE_SIZE, .name_max = NAME_BYTES_MAX };
}

static const struct superblock_ops proc_superblock_ops = {
	.statfs = proc_statfs, .inode_take = proc_inode_take, .inode_put = proc_inode_put,
};

/* proc has options for who sees which process (hidepid=); only the default is offered. */
static bool options_are_fine(const char *options)
{
	return !options || !*options || strcmp(options, "hidepid=0") == 0 || strcmp(options, "hidepid=off") == 0;
}

static result(superblock_ref) proc_mount(const struct fs_type *t, const char *source, uint32_t flags, const char *options,
					 struct can_sleep cs)
{
	RETURNS(superblock_ref);

	if (!options_are_fine(options))
		return FAIL(EINVAL);
	own(superblock_ref, s, TRY(superblock_new(t, &proc_superblock_ops, flags)));
	at(s)->block_size = 1024;
	own(inode_ref, root, TRY(proc_inode_make(at(s), &proc_root_entry, (proc_subject){})));
	put_in(at(s)->root, TRY(dentry_root(give(root))));
	return OK(superblock_ref, give(s));
}

START_TASK(proc_start, needs(fs_start, random_start))
{
	static struct fs_type type = { .name = "proc", .mount = proc_mount };

	ino_secret = random_u64();
	fs_type_register(&type);
}
