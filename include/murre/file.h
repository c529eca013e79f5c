/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open files and descriptor tables. A struct file is made as a draft by whoever opens it, published into a descriptor
 * slot that was reserved first, and ends when the last descriptor, mapping or call lets go.
 */
#pragma once
#include <murre/base/address.h>
#include <murre/inode.h>
#include <murre/path.h>
#include <murre/pid.h>
#include <murre/poll.h>
#include <murre/rlimit.h>
#include <linux/fcntl.h>

struct dir_sink;
struct file_locks;
DEFINE_GUARDED_MUTEX(file_position, struct { char unused; }, RANK_FILE_POSITION)
struct file {
	refcount_t refs;
	uint32_t mode;			/* enum file_mode; fixed once open */
	uint32_t flags;			/* O_* status flags and access mode; O_APPEND, O_NONBLOCK… change by fcntl */
	uint32_t version;		/* the ops' own count (FIFO hang-ups) */
	const struct file_ops *ops;
	struct inode *inode;		/* of path, or of own_inode */
	loff_t pos;			/* under pos_mutex when the file is shared */
	void *private;			/* the ops' */
	path_ref path;			/* none for pseudo files: they have own_inode and pseudo_name */
	guarded(file_position) pos_mutex;
	struct vm_backing backing;	/* its object is set for what can be mapped */
	cred_ref cred;			/* of the opener */
	struct list_node epolls;	/* epoll entries that watch it; epoll's own, under its lock */
	inode_ref own_inode;
	const char *pseudo_name;	/* "pipe", "[eventpoll]" …; NULL: the file has a path */
	pid_ref signal_owner;		/* F_SETOWN, under pos_mutex */
	int16_t signal_number;		/* F_SETSIG */
	uint8_t signal_owner_kind;	/* F_OWNER_* */
	struct rcu_head rcu;
};
enum file_mode {
	FILE_READ = 1, FILE_WRITE = 2, FILE_PATH_ONLY = 4, FILE_CAN_SEEK = 8,
	FILE_WROTE_BEGIN = 16,		/* counted in inode->writers */
	FILE_NO_POS_LOCK = 32,		/* reads and writes do not keep each other out (all but files and directories) */
	FILE_CAN_DIRECT = 64,		/* O_DIRECT means something (pipes) */
	FILE_UNSIGNED_POS = 128,	/* positions are addresses: negative ones are fine (mem) */
	FILE_LOCKED = 256,		/* record locks or flock were taken through it; set atomically */
};

/* One verb each for everything that can be opened. pos is the position to use and advance. NULL verbs: the errno. */
struct file_ops {
	result(size_t) (*read)(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs);		/* EINVAL */
	result(size_t) (*write)(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs);	/* EINVAL */
	result(loff_t) (*seek)(struct file *f, loff_t offset, int whence, struct can_sleep cs);			/* ESPIPE */
	result(long) (*ioctl)(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs);		/* ENOTTY */
	/* EPOLL* that hold now; registers with t (poll_wait) first if t is given. NULL: always readable and writable. */
	unsigned (*poll)(struct file *f, struct poll_table *t);
	/* Fills r->object, r->backing or leaves them none (private anonymous memory). ENODEV */
	result(unit) (*mmap)(struct file *f, struct vm_map_request *r, struct can_sleep cs);
	result(unit) (*readdir)(struct file *f, struct dir_sink *sink, struct can_sleep cs);			/* ENOTDIR */
	result(unit) (*sync)(struct file *f, loff_t from, loff_t to, bool data_only, struct can_sleep cs);	/* EINVAL */
	result(unit) (*fallocate)(struct file *f, int mode, loff_t offset, loff_t bytes, struct can_sleep cs);	/* EOPNOTSUPP */
	/* A descriptor of it is closed (not the last): locks, terminals. NULL: nothing. */
	result(unit) (*flush)(struct file *f, struct can_sleep cs);
	void (*release)(struct file *f, struct can_sleep cs);
	void (*show_fdinfo)(struct file *f, struct text_out *out);
	/* For fcntl(F_SETFL): told of changed O_* bits; EINVAL to refuse. */
	result(unit) (*set_flags)(struct file *f, uint32_t flags);
	result(long) (*fcntl)(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs);		/* F_SETPIPE_SZ, F_ADD_SEALS …: EINVAL */
};

void file_release(struct file *f);
DEFINE_HANDLE(file_ref, struct file, file_release)
void file_discard(struct file *f);
DEFINE_HANDLE(file_draft, struct file, file_discard)
static inline file_ref file_share(struct file *f)
{
	refcount_inc(&f->refs);
	return handle_from(file_ref, f);
}

/* openat(2) and openat2(2): resolve is a set of LOOKUP_* bits from RESOLVE_*. */
result(file_ref) file_open(fd_t dirfd, const char *path, uint32_t flags, mode_bits mode, unsigned resolve, struct can_sleep cs);
/* Opens a place already found, with permission checks. */
result(file_ref) file_open_path(path_ref p, uint32_t flags, struct can_sleep cs);
/* Opens a regular file to execute it: readable and mappable whatever the caller may read, and closed to writers until
 * inode_allow_write(f->inode), which the caller does before it lets go of the file. EACCES: not regular, no permission,
 * MS_NOEXEC. ETXTBSY: open for writing. */
result(file_ref) file_open_exec(path_ref p, struct can_sleep cs);
/* A file without a name in the tree (epoll, eventfd …) on the one shared anonymous inode; shows as "anon_inode:NAME", so
 * name is like "[eventfd]". private is the caller's again when it fails. ENOMEM, ENFILE. */
result(file_ref) file_anonymous(const char *name, const struct file_ops *ops, void *private, uint32_t flags);
/* The same with an inode of its own; shows as "NAME:[inode number]", for pipes "pipe"; or, when name starts with '/', as
 * NAME followed by " (deleted)" (memfd). name is borrowed while the file lives. */
result(file_ref) file_pseudo(const char *name, inode_ref i, const struct file_ops *ops, void *private, uint32_t flags);
/* The place of the file, made up for pseudo files (to open /proc/PID/fd/N). ENOMEM. */
result(path_ref) file_place(struct file *f);
/* What readlink of /proc/PID/fd/N says; like path_print. */
result(char_ptr) file_print_path(struct file *f, char *buf, size_t cap);
/* fcntl(2) F_SETLK & co, F_OFD_*, flock(2); lock.c. */
result(long) file_lock_fcntl(struct file *f, unsigned cmd, struct flock *l, struct can_sleep cs);
result(unit) file_flock(struct file *f, unsigned operation, struct can_sleep cs);
/* Locks that go with a closed descriptor of the table, and with the last reference. */
void file_locks_close(struct file *f, const struct fd_table *owner, struct can_sleep cs);
void file_locks_release(struct file *f, struct can_sleep cs);
/* /proc/locks. */
void file_locks_print(struct text_out *out);
/* Resizes by ftruncate(2)'s and open(2)'s rules once permission is clear: EFBIG, ETXTBSY, EINVAL. */
result(unit) inode_truncate(struct inode *i, uint64_t size, struct can_sleep cs);
/* Drops set-user-id and set-group-id bits as a write by the caller does; with the inode mutex held. */
void inode_drop_privileges(struct inode *i);
/* How much of n bytes may be written at pos: RLIMIT_FSIZE (with SIGXFSZ), the filesystem's largest file: EFBIG. */
result(size_t) inode_write_room(struct inode *i, loff_t pos, size_t n);

/* read(2) family on an open file: access mode, position, O_APPEND, limits; pos NULL: the file's own position. */
result(size_t) file_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs);
result(size_t) file_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs);
/* Kernel-side read of exactly up to n bytes at pos (exec, initramfs). */
result(size_t) file_read_kernel(struct file *f, void *to, size_t n, loff_t pos, struct can_sleep cs);

/* Directory listing: emit returns false when the buffer is full; position is the sink's. */
struct dir_sink {
	loff_t pos;			/* in: where to start; out: where to go on */
	bool (*emit)(struct dir_sink *s, const char *name, size_t length, loff_t next, uint64_t ino, unsigned char type);
};
/* One name with the mode of its inode; false: no room, come again with this position. Moves the position on. */
static inline bool dir_emit(struct dir_sink *s, const char *name, size_t length, loff_t next, uint64_t ino, mode_bits mode)
{
	if (!s->emit(s, name, length, next, ino, (mode & S_IFMT) >> 12))
		return false;
	s->pos = next;
	return true;
}

/* Generic ops for files whose data is inode->object. */
extern const struct file_ops object_file_ops;
result(loff_t) seek_generic(struct file *f, loff_t offset, int whence, loff_t end);
/* For mmap verbs: the mapping keeps f open. */
static inline void file_share_backing(struct file *f, struct vm_map_request *r)
{
	refcount_inc(&f->refs);
	put_in(r->backing, handle_from(vm_backing_ref, &f->backing));
}

/* Descriptor tables. ----------------------------------------------------------------------------------------------- */

may_sleep void fd_table_release(struct fd_table *t);
struct fd_table;
DEFINE_HANDLE(fd_table_ref, struct fd_table, fd_table_release)
static inline struct fd_table *current_files(void) { return current()->files; }
result(fd_table_ref) fd_table_new(void);
fd_table_ref fd_table_share(struct fd_table *t);
/* Copy for fork. ENOMEM. */
result(fd_table_ref) fd_table_copy(struct fd_table *t, struct can_sleep cs);
bool fd_table_is_shared(struct fd_table *t);
/* Slots that it has room for now: all open numbers are below it; a multiple of 64. */
unsigned fd_table_capacity(struct fd_table *t);
/* exec: closes what is marked close-on-exec. */
void fd_table_close_on_exec(struct fd_table *t, struct can_sleep cs);

/* A file borrowed for one call: no reference is counted while no one else can close the descriptor. */
typedef struct [[nodiscard]] checked_as("owner") { tagged_ptr loan_; } file_loan;	/* the bit: a reference is counted */
DEFINE_RESULT_WORD(file_loan);
static inline struct file *loaned_(const file_loan *l) { return tagged_target(l->loan_); }
#define loaned(l) loaned_(&(l))
static inline file_loan file_loan_make(struct file *f, bool counted) { return (file_loan){ tagged_make(f, counted) }; }
static inline void file_loan_end(file_loan *l)
{
	if (unlikely(tagged_bit(l->loan_)))
		end_raw(file_ref, loaned(*l));
}
/* own_loan(l, TRY(fd_loan(fd))): of current's table; as fd_get. */
#define own_loan(name, ...) defer(file_loan_end, file_loan, name, __VA_ARGS__)
result(file_loan) fd_loan(fd_t fd);
result(file_loan) fd_loan_any(fd_t fd);

/* The file of a descriptor of current's table, under RCU and not counted; NULL: none. */
struct file *fd_peek(fd_t fd);
/* The file of a descriptor; EBADF. fd_get refuses O_PATH files, fd_get_any does not. No lock taken. */
result(file_ref) fd_get(struct fd_table *t, fd_t fd);
result(file_ref) fd_get_any(struct fd_table *t, fd_t fd);
/* A reserved number: freed with the scope unless a file is installed. EMFILE beyond RLIMIT_NOFILE. */
typedef struct [[nodiscard]] checked_as("owner") { fd_t fd; bool is_held; } fd_slot;	/* in current's table */
DEFINE_RESULT_WORD(fd_slot);
void fd_slot_free(fd_t fd);
static always_inline void fd_slot_end(fd_slot *s)
{
	if (unlikely(s->is_held))
		fd_slot_free(s->fd);
}
result(fd_slot) fd_reserve(int lowest, bool close_on_exec);
#define own_fd_slot(name, ...) defer(fd_slot_end, fd_slot, name, __VA_ARGS__)
/* Publishes the file under the reserved number, which is returned; cannot fail. The slot is used up. */
fd_t fd_install(fd_slot *s, file_ref f);
/* Reserve and install in one, the common end of calls that make a descriptor. */
result(long) fd_publish(file_ref f, bool close_on_exec);
result(unit) fd_close(struct fd_table *t, fd_t fd, struct can_sleep cs);
/* dup2 and dup3: replaces `to`. */
result(long) fd_replace(struct fd_table *t, fd_t from, fd_t to, bool close_on_exec, struct can_sleep cs);
result(int) fd_get_flags(struct fd_table *t, fd_t fd);		/* FD_CLOEXEC or 0 */
result(unit) fd_set_flags(struct fd_table *t, fd_t fd, int flags);
void fd_close_range(struct fd_table *t, unsigned first, unsigned last, bool only_mark, struct can_sleep cs);
/* The smallest open number >= *fd with its file (for /proc/PID/fd); none at the end. */
file_ref fd_next(struct fd_table *t, int *fd, bool *close_on_exec);
