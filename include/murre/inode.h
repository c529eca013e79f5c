/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inodes, names (dentries) and mounted filesystems. A filesystem makes an inode as a draft, fills it, publishes it once;
 * a dentry names it; the dentry cache holds what path lookup needs, hits and misses.
 */
#pragma once
#include <murre/base/handle.h>
#include <murre/base/list.h>
#include <murre/cred.h>
#include <murre/lock.h>
#include <murre/time.h>
#include <murre/vm.h>
#include <linux/mount.h>
#include <linux/stat.h>

struct inode;
struct dentry;
struct mount;
struct superblock;
struct file;
struct file_ops;
struct text_out;
struct kstat;
struct xattr_request;
struct pipe;

#define NAME_BYTES_MAX 255
#define PATH_BYTES_MAX 4096

/* A component of a path: not NUL-terminated. */
struct name {
	const char *bytes;
	uint32_t length;
	uint32_t hash;
};
struct name name_of(const char *text);		/* of a NUL-terminated component */

void inode_release(struct inode *i);
DEFINE_HANDLE(inode_ref, struct inode, inode_release)
void inode_discard(struct inode *i);
DEFINE_HANDLE(inode_draft, struct inode, inode_discard)
void dentry_release(struct dentry *d);
DEFINE_HANDLE(dentry_ref, struct dentry, dentry_release)
/* A name that nothing stands for yet, for the calls that make something: a dentry without an inode to look at. */
struct new_name;
void new_name_release(struct new_name *n);
DEFINE_HANDLE(new_name_ref, struct new_name, new_name_release)
void mount_release(struct mount *m);
DEFINE_HANDLE(mount_ref, struct mount, mount_release)
may_sleep void superblock_release(struct superblock *s);
DEFINE_HANDLE(superblock_ref, struct superblock, superblock_release)
/* A place in the tree: at(path) is the dentry, path.mount the mount it is seen through. */
DEFINE_HANDLE_PAIR(path_ref, struct dentry, dentry_release, struct mount, mount, mount_release)
typedef char *char_ptr;
DEFINE_RESULT_WORD(char_ptr);

struct inode_times { nsec_t access, modify, change, birth; };

struct inode_attrs {			/* what setattr may change; `valid` says which */
	unsigned valid;
	mode_bits mode;
	kuid_t uid;
	kgid_t gid;
	uint64_t size;
	nsec_t access, modify;
};
enum { ATTR_MODE = 1, ATTR_UID = 2, ATTR_GID = 4, ATTR_SIZE = 8, ATTR_ACCESS = 16, ATTR_MODIFY = 32, ATTR_KILL_SUID = 64,
       ATTR_TIMES_NOW = 128 /* the times are now: permission to write is enough, and was checked */ };

/* Each runs with the directory's mutex held by the caller (the `dir` of the change; both for rename). What is made gets its
 * name by dentry_set_inode. NULL verbs: the errno in the comment. */
struct inode_ops {
	/* What a name that is not in the cache stands for: an inode, or none for "no such name"; may set d->ops. NULL: the
	 * cache holds every name there is (superblock->keeps_names), or not a directory. EIO, ENOMEM. */
	result(inode_ref) (*lookup)(struct inode *dir, struct dentry *d, struct can_sleep cs);
	result(unit) (*create)(struct inode *dir, struct new_name *n, mode_bits mode, dev_nr rdev, struct can_sleep cs);	/* EPERM; all types but directories and links */
	result(unit) (*mkdir)(struct inode *dir, struct new_name *n, mode_bits mode, struct can_sleep cs);	/* EPERM */
	result(unit) (*symlink)(struct inode *dir, struct new_name *n, const char *target, struct can_sleep cs);	/* EPERM */
	result(unit) (*link)(struct inode *dir, struct new_name *n, struct inode *target, struct can_sleep cs);	/* EPERM */
	result(unit) (*unlink)(struct inode *dir, struct dentry *d, struct can_sleep cs);	/* EPERM */
	result(unit) (*rmdir)(struct inode *dir, struct dentry *d, struct can_sleep cs);	/* EPERM; emptiness is its to check */
	/* An inode without a name (O_TMPFILE), link count 0. */
	result(inode_ref) (*tmpfile)(struct inode *dir, mode_bits mode, struct can_sleep cs);	/* EOPNOTSUPP */
	/* replaced: what has the new name, NULL: nothing. */
	result(unit) (*rename)(struct inode *from, struct dentry *d, struct inode *to, struct dentry *replaced, unsigned flags, struct can_sleep cs);	/* EPERM */
	/* Target text of a symbolic link; borrowed while the inode lives. */
	result(char_ptr) (*readlink)(struct inode *i, char *buf, size_t cap, struct can_sleep cs);
	/* A link that is followed to a place, not by text (/proc/PID/fd/N). NULL: by text. */
	result(path_ref) (*follow)(struct inode *i, struct can_sleep cs);
	/* Applies attributes already checked for permission. NULL: the generic fields only. */
	result(unit) (*setattr)(struct inode *i, const struct inode_attrs *a, struct can_sleep cs);
	/* Fills what is special (sizes, blocks). NULL: generic. */
	void (*getattr)(struct inode *i, struct kstat *st);
	/* Opens: fills file->private and ops; called after permission checks. NULL: nothing to do. */
	result(unit) (*open)(struct inode *i, struct file *f, struct can_sleep cs);
	/* Permission instead of mode bits; NULL: mode bits (inode_mode_permits). Must not sleep, may run under RCU. */
	result(unit) (*permission)(struct inode *i, unsigned may);
	/* The last reference is gone (nlink may be 0): frees private state. */
	void (*evict)(struct inode *i);
	result(long) (*xattr)(struct inode *i, const struct xattr_request *r, struct can_sleep cs);	/* EOPNOTSUPP */
};

/* Attributes are changed under `attrs` lock rules: mode, owner, times by holders of the inode mutex; readers take no
 * lock. */
DEFINE_GUARDED_MUTEX(inode_mutex, struct { char unused; }, RANK_DIRECTORY)
LOCK_ROLE(inode_pipe_role);
struct inode {
	refcount_t refs;
	mode_bits mode;
	uint32_t nlink;
	kuid_t uid;
	kgid_t gid;
	dev_nr rdev;			/* character and block devices */
	uint64_t ino;
	const struct inode_ops *ops;
	const struct file_ops *file_ops;	/* of files opened on it */
	struct superblock *sb;		/* counted by the superblock's inode count */
	struct vm_object *object;	/* page cache; its size is the file's. NULL: none */
	struct inode_times times;
	guarded(inode_mutex) mutex;	/* directory contents, attributes, size changes */
	int32_t writers;		/* >0: open for writing so often; <0: executed so often (ETXTBSY) */
	uint32_t generation;
	void *private;			/* the filesystem's */
	const char *link_text;		/* symbolic links whose target is in memory as long as the inode; else NULL */
	uint32_t flags guarded_by(inode_mutex_role);			/* enum inode_flags; changed with the mutex held */
	struct pipe *pipe guarded_by(inode_pipe_role);		/* FIFOs, while open */
	struct file_locks *locks;	/* flock and fcntl locks, made on first use */
	struct rcu_head rcu;
};
enum inode_flags {
	INODE_DEAD = 1,			/* a removed directory: nothing can be made in it */
	INODE_LINKABLE = 2,		/* O_TMPFILE without O_EXCL: may get its first name */
};
static inline bool inode_is(const struct inode *i, mode_bits type) { return (i->mode & S_IFMT) == type; }

/* A fresh inode of the filesystem, private to its maker: link count 1, times now, owner from the caller's fsuid and the
 * directory's set-group-id rule when dir is given (inode(7)). ENOMEM. */
result(inode_draft) inode_new(struct superblock *sb, struct inode *dir, mode_bits mode);
/* Everything is filled in: shares it. */
inode_ref inode_publish(inode_draft d);
/* Link count; atomic, so that names in different directories need no common lock. */
void inode_nlink_add(struct inode *i, int n);
static inline inode_ref inode_share(struct inode *i)
{
	refcount_inc(&i->refs);
	return handle_from(inode_ref, i);
}
void inode_locks_free(struct inode *i);		/* at eviction */
void superblock_inode_gone(struct superblock *s);
uint64_t inode_number_next(void);		/* for filesystems without numbers of their own */

enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4, MAY_ACCESS = 16 };
/* EACCES, EPERM (immutable), EROFS by the caller's filesystem credentials. */
result(unit) inode_permission(struct inode *i, unsigned may);
result(unit) inode_mode_permits(const struct inode *i, const struct cred *c, unsigned may);
/* Checks and applies chmod, chown, truncate, utimes by the rules of inode(7), chown(2), utimensat(2). */
result(unit) inode_change(struct inode *i, struct inode_attrs *a, struct can_sleep cs);
/* For setattr verbs: the generic fields, size and times. */
void inode_change_apply(struct inode *i, const struct inode_attrs *a, struct can_sleep cs);
static inline uint64_t inode_size(const struct inode *i) { return i->object ? read_once(i->object->size) : 0; }
void inode_touch_access(struct inode *i, const struct mount *m);	/* relatime */
void inode_touch_modify(struct inode *i);	/* mtime and ctime now */
void inode_touch_change(struct inode *i);
nsec_t inode_now(void);				/* coarse real time for stamps */
bool inode_owner_or_capable(const struct inode *i);
/* ETXTBSY: opening for writing what is executed and the other way round. */
result(unit) inode_write_begin(struct inode *i);
void inode_write_end(struct inode *i);
result(unit) inode_deny_write(struct inode *i);
void inode_allow_write(struct inode *i);

/* stat(2) in the kernel's own form. */
struct kstat {
	uint64_t ino, size, blocks, nlink;
	dev_nr dev, rdev;
	mode_bits mode;
	kuid_t uid;
	kgid_t gid;
	uint32_t block_size;
	uint64_t mount_id;
	struct inode_times times;
	bool has_birth, is_mount_root;
};
void inode_stat(struct inode *i, struct kstat *st);

/* Names. ----------------------------------------------------------------------------------------------------------- */

#define DENTRY_INLINE_NAME 40
LOCK_ROLE(dcache_role);
LOCK_ROLE(mount_tree_role);
struct dentry_ops {
	/* False: what the cache says is stale (a process has gone); the name is looked up anew. NULL: always good. Must not
	 * sleep, runs under RCU. A name with ops leaves the cache when its last user goes. */
	bool (*still_valid)(struct dentry *d);
};
struct dentry {
	refcount_t refs;		/* one is the cache's own while DENTRY_HASHED */
	uint32_t flags;			/* enum dentry_flags, changed atomically */
	struct dentry *hash_next guarded_by(dcache_role);	/* bucket chain, RCU */
	struct dentry *parent;		/* counted; itself for a root */
	struct name name;		/* bytes points to inline_name or to a block of its own */
	struct inode *inode;		/* counted; NULL: no such file */
	const struct dentry_ops *ops;
	char inline_name[DENTRY_INLINE_NAME];
	struct superblock *sb;
	struct list_node in_superblock;	/* while hashed */
	struct list_node unused;	/* candidates for reclaim, least recently added first */
	bool recently_used;		/* hint: spared once by reclaim */
	uint64_t cookie;		/* directory position, the filesystem's */
	struct rcu_head rcu;
};
enum dentry_flags {
	DENTRY_MOUNTED = 1,		/* something is mounted here */
	DENTRY_HASHED = 2,		/* lookups find it */
};
DEFINE_LIST(hashed_dentry, struct dentry, in_superblock)
static inline dentry_ref dentry_share(struct dentry *d)
{
	refcount_inc(&d->refs);
	return handle_from(dentry_ref, d);
}
/* Makes the name stand for the inode (create, mkdir, link …): lookups find it from now on. */
struct dentry *dentry_set_inode(struct new_name *n, inode_ref i);
/* A root dentry for a new superblock. ENOMEM. */
result(dentry_ref) dentry_root(inode_ref i);

/*
 * What a lookup came to: something that has the name, or the name, free to be given. Only one of the two can be had from
 * it, and they are different types. Whoever takes both asks `switch (name_kind(&l))`.
 */
struct looked_up_name;
void looked_up_name_release(struct looked_up_name *l);
DEFINE_HANDLE(name_lookup, struct looked_up_name, looked_up_name_release)
enum name_kind { NAME_FOUND, NAME_NEW };
enum name_kind name_kind(const name_lookup *l);
result(dentry_ref) name_found(name_lookup l);		/* ENOENT: it is new */
result(new_name_ref) name_new(name_lookup l);		/* EEXIST: it is found */
result(dentry_ref) name_made(new_name_ref n);		/* after the verb that made something of it; EIO: it did not */

/* Looks a name up in a directory, in the filesystem if the cache does not know it, which takes dir's mutex. What is found
 * is there to stay; a new name may be found by the time that it is looked at. ENAMETOOLONG, ENOENT (dir is removed),
 * ENOMEM, EIO. */
result(name_lookup) dentry_lookup(struct dentry *dir, struct name name, struct can_sleep cs);
/* The same for callers that hold dir's mutex: a new name stays new until they give it to something. */
result(name_lookup) dentry_lookup_locked(struct dentry *dir, struct name name, inode_mutex_locked held, struct can_sleep cs);
/* Takes the name out of the cache: lookups ask the filesystem again. */
void dentry_forget(struct dentry *d);
static inline bool dentry_is_hashed(const struct dentry *d) { return read_once(d->flags) & DENTRY_HASHED; }
static inline bool dentry_is_root(const struct dentry *d) { return d->parent == d; }
/* Gives up cached names nobody uses, at most about n; how many. May sleep. */
unsigned dcache_reclaim(unsigned n, struct can_sleep cs);

/* Filesystems and mounts. ------------------------------------------------------------------------------------------ */

struct statfs_k { uint64_t type, blocks, free, available, files, files_free; uint32_t block_size, name_max; };
struct superblock_ops {
	void (*statfs)(struct superblock *s, struct statfs_k *st);
	result(unit) (*sync)(struct superblock *s, struct can_sleep cs);		/* NULL: nothing to sync */
	/* Changes mount options (remount). NULL: none to change. */
	result(unit) (*remount)(struct superblock *s, const char *options);
	void (*show_options)(struct superblock *s, struct text_out *out);	/* ",size=…" */
	/* Frees private, after the last inode is gone, in a context that may not sleep. */
	void (*free)(struct superblock *s);
	/* Memory of inodes that are embedded in something larger; zeroed; NULL: no memory. inode_put runs after a grace
	 * period, in a context that may not sleep. Neither given: a plain struct inode. */
	struct inode *(*inode_take)(struct superblock *s);
	void (*inode_put)(struct inode *i);
};
struct superblock {
	refcount_t refs;
	const struct superblock_ops *ops;
	const struct fs_type *type;
	dev_nr dev;
	uint32_t flags;			/* SB_RDONLY … as mount(2)'s MS_* */
	uint32_t block_size;
	uint64_t max_bytes;		/* largest file */
	dentry_ref root;
	bool keeps_names;		/* every name is a dentry (tmpfs): a miss in the cache is final */
	bool caches_misses;		/* "no such name" stays true until a call changes it (no procfs) */
	uint32_t inode_count;		/* living inodes, and one for refs; the last frees the memory */
	struct hashed_dentry_list dentries guarded_by(dcache_role);	/* the dentry cache's, under its lock */
	void *private;
};
struct fs_type {
	const char *name;
	bool needs_device;
	bool internal;			/* not for mount(2): pipes, anonymous inodes */
	/* Makes a superblock with its root. EINVAL: bad options. */
	result(superblock_ref) (*mount)(const struct fs_type *t, const char *source, uint32_t flags, const char *options, struct can_sleep cs);
	struct fs_type *next;
};
void fs_type_register(struct fs_type *t);
const struct fs_type *fs_type_first(void);
/* For mount functions: a superblock with one reference and an anonymous device number. */
result(superblock_ref) superblock_new(const struct fs_type *t, const struct superblock_ops *ops, uint32_t flags);

DECLARE_LIST(mount_siblings);
struct mount {
	refcount_t refs;
	uint32_t flags;			/* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME … of this mount */
	struct mount *hash_next guarded_by(mount_tree_role);	/* bucket chain by parent and point, RCU */
	struct mount *parent;		/* counted; itself for the root; NULL once unmounted */
	dentry_ref point;		/* where in the parent */
	dentry_ref root;		/* what of the filesystem is seen (bind mounts: a subtree) */
	superblock_ref sb;
	int id;
	char *source;			/* as /proc/mounts shows it */
	int32_t writers;		/* files open for writing through it */
	bool expiring;			/* MNT_EXPIRE came, and nobody used it since */
	struct list_node all;		/* this and the next two: the mount tree's, under its lock */
	struct list_node siblings;
	struct mount_siblings_list children;
	struct mount *copy guarded_by(mount_tree_role);	/* made of it by the copying of a tree that copy_mark names */
	uint64_t copy_mark guarded_by(mount_tree_role);
	struct rcu_head rcu;
};
static inline mount_ref mount_share(struct mount *m)
{
	refcount_inc(&m->refs);
	return handle_from(mount_ref, m);
}
static inline path_ref path_share(struct mount *m, struct dentry *d)
{
	refcount_inc(&m->refs);
	refcount_inc(&d->refs);
	return handle_pair_from(path_ref, d, mount, m);
}
static inline struct inode *path_inode(const path_ref *p) { return at(*p)->inode; }
/* EROFS when the mount or its filesystem is read-only. */
result(unit) mount_want_write(const struct mount *m);

enum umount_flags { MNT_FORCE = 1, MNT_DETACH = 2, MNT_EXPIRE = 4, UMOUNT_NOFOLLOW = 8 };	/* umount(2) */
/* mount(2), umount2(2) and pivot_root(2) on places already found; permission (CAP_SYS_ADMIN) is the caller's to check. */
result(unit) mount_new(path_ref at_place, const char *type, const char *source, unsigned long flags, const char *options, struct can_sleep cs);
result(unit) mount_bind(path_ref at_place, path_ref from, bool recursive, struct can_sleep cs);
result(unit) mount_move(path_ref at_place, path_ref from, struct can_sleep cs);
result(unit) mount_remount(path_ref at_place, unsigned long flags, const char *options, bool only_mount, struct can_sleep cs);
result(unit) mount_end(path_ref place, unsigned flags, struct can_sleep cs);
result(unit) mount_pivot(path_ref new_root, path_ref put_old, struct can_sleep cs);
/* sync(2): every mounted filesystem. */
void mounts_sync(struct can_sleep cs);
/* The first mount; start only. */
struct mount *mount_root(void);
/* One line per mount, as seen from the caller's root: /proc/PID/mounts, mountinfo and mountstats (proc(5)). */
enum mount_show { MOUNT_SHOW_MOUNTS, MOUNT_SHOW_MOUNTINFO, MOUNT_SHOW_MOUNTSTATS };
void mounts_print(struct text_out *out, enum mount_show form, const path_ref *root);
