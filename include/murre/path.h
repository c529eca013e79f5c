/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Path lookup (path_resolution(7)) and the changes of the tree that start from a path. Paths come as kernel strings; the
 * call layer copies them in with path_buf_read.
 */
#pragma once
#include <murre/inode.h>
#include <murre/slab.h>

/* Where a task's lookups start, its umask; shared by CLONE_FS. Lookups read `seen` without the lock: it is stable while
 * `seq` is even and unchanged. */
struct fs_places { path_ref root; path_ref cwd; };
DEFINE_GUARDED(fs_places, struct fs_places, RANK_FILES)
struct fs_seen { struct mount *mount; struct dentry *dentry; };
struct fs_context {
	refcount_t refs;
	uint32_t umask;
	uint32_t seq;
	struct fs_seen seen_root, seen_cwd;
	guarded(fs_places) places;
	struct list_node all;
};
void fs_context_release(struct fs_context *c);
DEFINE_HANDLE(fs_context_ref, struct fs_context, fs_context_release)
/* Of the caller; kernel tasks have none and see the root. */
static inline struct fs_context *current_fs(void) { return current()->fs; }
void fs_context_start(void);
/* For the first process: at the root, umask 022. ENOMEM. */
result(fs_context_ref) fs_context_first(void);
result(fs_context_ref) fs_context_copy(struct fs_context *c);
fs_context_ref fs_context_share(struct fs_context *c);
path_ref fs_context_root(struct fs_context *c);
path_ref fs_context_cwd(struct fs_context *c);
void fs_context_set_root(struct fs_context *c, path_ref p);
void fs_context_set_cwd(struct fs_context *c, path_ref p);
/* pivot_root(2): whoever stands at `from` stands at `to` from now on. */
void fs_contexts_move(const path_ref *from, const path_ref *to);

/* A path copied from user space; short ones live on the stack. */
#define PATH_BUF_INLINE 120
struct path_buf {
	const char *text;		/* NUL-terminated, readable up to 8 bytes beyond */
	size_t length;
	bytes_box block;
	char inline_text[PATH_BUF_INLINE + 8];	/* filled by path_buf_read before it is read */
};
static inline void path_buf_end(struct path_buf *b)
{
	if (unlikely(!is_none(b->block)))
		drop(bytes_box, b->block);
}
/* ENAMETOOLONG, EFAULT, ENOMEM, ENOENT (empty; unless allow_empty). */
result(unit) path_buf_read(struct path_buf *b, user_cstr path, bool allow_empty, struct can_sleep cs);
/* path_text(p, upath) declares struct path_buf p for the scope, or returns the error. */
#define path_text_as_(name, upath, allow_empty) \
	struct path_buf name not_zeroed ended_by(path_buf_end); \
	name.block = none(bytes_box); \
	TRY(path_buf_read(&name, upath, allow_empty, cs))
#define path_text(name, upath) path_text_as_(name, upath, false)
#define path_text_or_empty(name, upath) path_text_as_(name, upath, true)

enum lookup_flags {
	LOOKUP_FOLLOW = 1,		/* a link at the end is followed */
	LOOKUP_DIRECTORY = 2,		/* ENOTDIR for anything else */
	LOOKUP_EMPTY = 4,		/* the empty path is the start itself (AT_EMPTY_PATH) */
	LOOKUP_NO_SYMLINKS = 8, LOOKUP_NO_XDEV = 16, LOOKUP_BENEATH = 32, LOOKUP_IN_ROOT = 64, LOOKUP_NO_MAGICLINKS = 128,	/* openat2(2) */
	LOOKUP_CACHED = 256,		/* EAGAIN rather than ask a filesystem */
};
/* Start of lookups: AT_FDCWD or a directory's descriptor. EBADF, ENOTDIR. */
/* Resolves path from the directory dirfd. ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EBADF. */
result(path_ref) path_lookup(fd_t dirfd, const char *path, unsigned flags, struct can_sleep cs);
/* Changes of the tree (mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2), rename(2)) with all their checks, by the
 * caller's credentials. Modes are before umask. link's flags: LOOKUP_FOLLOW, LOOKUP_EMPTY; rename's: RENAME_*. */
result(unit) path_mkdir(fd_t dirfd, const char *path, mode_bits mode, struct can_sleep cs);
result(unit) path_mknod(fd_t dirfd, const char *path, mode_bits mode, dev_nr dev, struct can_sleep cs);
result(unit) path_symlink(const char *target, fd_t dirfd, const char *path, struct can_sleep cs);
result(unit) path_link(fd_t from_dir, const char *from, fd_t to_dir, const char *to, unsigned flags, struct can_sleep cs);
result(unit) path_unlink(fd_t dirfd, const char *path, struct can_sleep cs);
result(unit) path_rmdir(fd_t dirfd, const char *path, struct can_sleep cs);
result(unit) path_rename(fd_t from_dir, const char *from, fd_t to_dir, const char *to, unsigned flags, struct can_sleep cs);

/* Text of the place as seen from the caller's root: at the end of buf, NUL-terminated, with " (deleted)" when it has no
 * name any more. The start. A place outside the root shows from its own top. ENAMETOOLONG. */
result(char_ptr) path_print(struct mount *m, struct dentry *d, char *buf, size_t cap);
/* The same from a root of the caller's choice; *reached (if given) says whether the place lies below it. */
result(char_ptr) path_print_from(const path_ref *root, struct mount *m, struct dentry *d, char *buf, size_t cap, bool *reached);
/* The name within its filesystem, whatever is mounted where. */
result(char_ptr) dentry_print(struct dentry *d, char *buf, size_t cap);
