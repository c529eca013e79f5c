/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls on paths: open(2), mkdir(2), mknod(2), unlink(2), link(2), rename(2), readlink(2), getdents(2), chdir(2),
 * chroot(2), getcwd(2). Here flags are checked and strings come in; what is done is the files tier's.
 */
#include <murre/base/address.h>
#include <murre/file.h>
#include <murre/string.h>
#include <murre/syscall.h>
#include "path.h"

/* Opening. --------------------------------------------------------------------------------------------------------- */

#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define SYNC_BIT (O_SYNC & ~O_DSYNC)
#define FLAGS_PATH (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)
#define FLAGS_KNOWN (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | \
		     O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)

/* What open(2) and openat2(2) both refuse. */
static result(unit) open_flags_check(uint32_t flags)
{
	if (flags & TMPFILE_BIT) {
		if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || !(flags & O_ACCMODE))
			return unit_result(EINVAL);
	}
	return DONE;
}

static result(long) open_path(fd_t dir, user_cstr path, uint32_t flags, mode_bits mode, unsigned resolve,
			      struct can_sleep cs)
{
	TRY(open_flags_check(flags));
	path_text(p, path);
	own_fd_slot(slot, TRY(fd_reserve(0, flags & O_CLOEXEC)));
	own(file_ref, f, TRY(file_open(dir, p.text, flags, mode, resolve, cs)));

	return OK(long, fd_install(&slot, give(f)).nr);
}

result(long) open_call(fd_t dir, user_cstr path, int flags_, unsigned mode, struct can_sleep cs)
{
	uint32_t flags = (uint32_t)flags_ & FLAGS_KNOWN;

	/* What a 64-bit program's open always means; fcntl(F_GETFL) shows it. */
	flags = unlikely(flags & O_PATH) ? flags & FLAGS_PATH : flags | O_LARGEFILE;
	return open_path(dir, path, flags, mode & 07777, 0, cs);
}

SYSCALL(openat, fd_t dir, user_cstr path, int flags, unsigned mode) { return open_call(dir, path, flags, mode, cs); }

/* A structure that may be longer than the one we know, if what we do not know is zero: E2BIG. EINVAL: shorter. */
static result(unit) how_read(abi_open_how *how, user_in_abi_open_how from, size_t bytes, struct can_sleep cs)
{
	RETURNS(unit);

	if (bytes < sizeof(*how))
		return FAIL(EINVAL);
	if (bytes > PAGE_SIZE)
		return FAIL(E2BIG);
	for (size_t n = sizeof(*how); n < bytes; n++) {
		unsigned char more;

		TRY(copy_from_user(&more, user_addr_from(user_value(from) + n), 1, cs));
		if (more)
			return FAIL(E2BIG);
	}
	return copy_in(how, from);
}

static unsigned lookup_flags_of(uint64_t resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) | (resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0) |
	       (resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0) | (resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0) | (resolve & RESOLVE_CACHED ? LOOKUP_CACHED : 0);
}

SYSCALL(openat2, fd_t dir, user_cstr path, user_in_abi_open_how how_user, size_t how_bytes)
{
	abi_open_how how;
	bool makes;

	TRY(how_read(&how, how_user, how_bytes, cs));
	makes = how.flags & (O_CREAT | TMPFILE_BIT);
	if (how.flags & ~(uint64_t)(uint32_t)FLAGS_KNOWN ||
	    how.resolve & ~(uint64_t)(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |
				      RESOLVE_IN_ROOT | RESOLVE_CACHED))
		return FAIL(EINVAL);
	if ((how.resolve & RESOLVE_BENEATH && how.resolve & RESOLVE_IN_ROOT) || (makes ? how.mode & ~07777ull : how.mode) ||
	    (how.flags & O_PATH && how.flags & ~(uint64_t)FLAGS_PATH))
		return FAIL(EINVAL);
	if (how.resolve & RESOLVE_CACHED && how.flags & (O_TRUNC | O_CREAT | TMPFILE_BIT))
		return FAIL(EAGAIN);
	if (!(how.flags & O_PATH))
		how.flags |= O_LARGEFILE;
	return open_path(dir, path, (uint32_t)how.flags, (mode_bits)how.mode, lookup_flags_of(how.resolve), cs);
}

/* Names. ----------------------------------------------------------------------------------------------------------- */

SYSCALL(mkdirat, fd_t dir, user_cstr path, unsigned mode)
{
	path_text(p, path);
	TRY(path_mkdir(dir, p.text, mode & 07777, cs));
	return OK(long, 0);
}

/* A device number as programs pass it. */
static dev_nr dev_of(unsigned dev) { return dev_make((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00)); }

SYSCALL(mknodat, fd_t dir, user_cstr path, unsigned mode, unsigned dev)
{
	path_text(p, path);
	TRY(path_mknod(dir, p.text, mode & (S_IFMT | 07777), dev_of(dev), cs));
	return OK(long, 0);
}

SYSCALL(unlinkat, fd_t dir, user_cstr path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return FAIL(EINVAL);
	path_text(p, path);
	TRY(flags & AT_REMOVEDIR ? path_rmdir(dir, p.text, cs) : path_unlink(dir, p.text, cs));
	return OK(long, 0);
}

SYSCALL(symlinkat, user_cstr target, fd_t dir, user_cstr path)
{
	path_text(t, target);
	path_text(p, path);
	TRY(path_symlink(t.text, dir, p.text, cs));
	return OK(long, 0);
}

SYSCALL(linkat, fd_t from_dir, user_cstr from, fd_t to_dir, user_cstr to, int flags)
{
	bool may_be_empty = flags & AT_EMPTY_PATH;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return FAIL(EINVAL);
	if (may_be_empty && !capable(CAP_DAC_READ_SEARCH))
		return FAIL(ENOENT);
	path_text_as_(f, from, may_be_empty);
	path_text(t, to);
	TRY(path_link(from_dir, f.text, to_dir, t.text,
		      (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) | (may_be_empty ? LOOKUP_EMPTY : 0), cs));
	return OK(long, 0);
}

SYSCALL(renameat2, fd_t from_dir, user_cstr from, fd_t to_dir, user_cstr to, unsigned flags)
{
	path_text(f, from);
	path_text(t, to);
	TRY(path_rename(from_dir, f.text, to_dir, t.text, flags, cs));
	return OK(long, 0);
}

SYSCALL(renameat, fd_t from_dir, user_cstr from, fd_t to_dir, user_cstr to)
{
	return sys_renameat2(from_dir, from, to_dir, to, 0, cs);
}

/* The text of a link into program memory, cut to count without a NUL. */
static result(long) link_read(struct inode *i, const struct mount *m, user_addr to, size_t count, struct can_sleep cs)
{
	const char *text = i->link_text;
	own(bytes_box, buf, none(bytes_box));

	if (!text) {
		if (!i->ops || !i->ops->readlink)
			return FAIL(EINVAL);
		buf = TRY(bytes_box_new(PATH_BYTES_MAX));
		text = TRY(i->ops->readlink(i, at(buf), PATH_BYTES_MAX, cs));
	}
	inode_touch_access(i, m);
	count = min(count, strlen(text));
	TRY(copy_to_user(to, text, count, cs));
	return OK(long, (long)count);
}

SYSCALL(readlinkat, fd_t dir, user_cstr path, user_addr buf, int count)
{
	if (count <= 0)
		return FAIL(EINVAL);
	path_text_or_empty(p, path);
	own(path_ref, place, TRY(path_lookup(dir, p.text, LOOKUP_EMPTY, cs)));
	struct inode *i = path_inode(&place);

	/* The empty path is for descriptors of links; of anything else it is no path. */
	if (!inode_is(i, S_IFLNK))
		return FAIL(p.length ? EINVAL : ENOENT);
	return link_read(i, place.mount, buf, (size_t)count, cs);
}

/* Directory listings. ---------------------------------------------------------------------------------------------- */

struct dirent_out {
	struct dir_sink sink;
	user_addr to;
	size_t left;			/* bytes */
	uintptr_t last_offset_at;	/* where the last entry's position goes; 0: no entry yet */
	bool is_old;			/* getdents(2)'s form */
	int err;
	struct can_sleep cs;
};

/* linux_dirent64 and linux_dirent: number, position, length; then type and name, or name and at the very end type. */
struct dirent_head { uint64_t ino; int64_t next; uint16_t bytes; unsigned char rest[]; };

EMBEDDED(dirent_out, dir_sink, sink)

static bool dirent_emit(struct dir_sink *s, const char *name, size_t length, loff_t next, uint64_t ino, unsigned char type)
{
	struct dirent_out *o = dirent_out_of_dir_sink(s);
	unsigned char buf[sizeof(struct dirent_head) + NAME_BYTES_MAX + 16] aligned_to(8);
	struct dirent_head *head = overlay(struct dirent_head, &buf[0]);
	size_t fixed = offsetof(struct dirent_head, rest), bytes = align_up(fixed + length + 2, 8ul);

	if (bytes > o->left) {
		if (!o->last_offset_at)
			o->err = EINVAL;
		return false;
	}
	memset(buf + bytes - 8, 0, 8);
	*head = (struct dirent_head){ .ino = ino, .next = next, .bytes = (uint16_t)bytes };
	memcpy(head->rest + (o->is_old ? 0 : 1), name, length);
	head->rest[(o->is_old ? 0 : 1) + length] = 0;
	buf[o->is_old ? bytes - 1 : fixed] = type;
	o->err = error_of(copy_to_user(o->to, buf, bytes, o->cs));
	if (o->err)
		return false;
	o->last_offset_at = user_value(o->to);
	o->to = user_plus(o->to, bytes);
	o->left -= bytes;
	return true;
}

static result(long) list_locked(struct file *f, struct dirent_out *o, size_t count, struct can_sleep cs)
{
	hold_mutex(inode_mutex, held, &f->inode->mutex);

	if (f->inode->flags & INODE_DEAD)
		return FAIL(ENOENT);
	o->sink.pos = f->pos;
	int err = error_of(f->ops->readdir(f, &o->sink, cs));
	f->pos = o->sink.pos;
	if (!(f->flags & O_NOATIME))
		inode_touch_access(f->inode, f->path.mount);
	if (o->last_offset_at)
		return OK(long, (long)(count - o->left));
	return err || o->err ? FAIL(err ? err : o->err) : OK(long, 0);
}

result(long) list_call(fd_t fd, user_addr buf, unsigned count, bool is_old, struct can_sleep cs)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);
	struct dirent_out o = { .sink.emit = dirent_emit, .to = buf, .left = count, .is_old = is_old, .cs = cs };

	if (!f->ops->readdir)
		return FAIL(ENOTDIR);
	if (refcount_read(&f->refs) == 1)
		return list_locked(f, &o, count, cs);
	hold_mutex(file_position, held, &f->pos_mutex);
	return list_locked(f, &o, count, cs);
}

SYSCALL(getdents64, fd_t fd, user_addr buf, unsigned count) { return list_call(fd, buf, count, false, cs); }

/* Where the caller stands. ----------------------------------------------------------------------------------------- */

SYSCALL(chdir, user_cstr path)
{
	path_text(p, path);
	own(path_ref, place, TRY(path_lookup((fd_t){ AT_FDCWD }, p.text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, cs)));

	TRY(inode_permission(path_inode(&place), MAY_EXEC));
	fs_context_set_cwd(current_fs(), give(place));
	return OK(long, 0);
}

SYSCALL(fchdir, fd_t fd)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	struct file *f = loaned(l);

	if (!inode_is(f->inode, S_IFDIR))
		return FAIL(ENOTDIR);
	TRY(inode_permission(f->inode, MAY_EXEC));
	fs_context_set_cwd(current_fs(), TRY(file_place(f)));
	return OK(long, 0);
}

SYSCALL(chroot, user_cstr path)
{
	path_text(p, path);
	own(path_ref, place, TRY(path_lookup((fd_t){ AT_FDCWD }, p.text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, cs)));

	TRY(inode_permission(path_inode(&place), MAY_EXEC));
	if (!capable(CAP_SYS_CHROOT))
		return FAIL(EPERM);
	fs_context_set_root(current_fs(), give(place));
	return OK(long, 0);
}

#define UNREACHABLE "(unreachable)"

SYSCALL(getcwd, user_addr to, unsigned long count)
{
	own(bytes_box, buf, TRY(bytes_box_new(PATH_BYTES_MAX)));
	own(path_ref, root, fs_context_root(current_fs()));
	own(path_ref, cwd, fs_context_cwd(current_fs()));
	bool reached;

	if (!dentry_is_hashed(at(cwd)) && !dentry_is_root(at(cwd)))
		return FAIL(ENOENT);
	char *text = TRY(path_print_from(&root, cwd.mount, at(cwd), at(buf), PATH_BYTES_MAX, &reached));
	if (!reached) {
		if ((size_t)(text - (char *)at(buf)) < sizeof(UNREACHABLE) - 1)
			return FAIL(ENAMETOOLONG);
		text -= sizeof(UNREACHABLE) - 1;
		memcpy(text, UNREACHABLE, sizeof(UNREACHABLE) - 1);
	}
	size_t bytes = strlen(text) + 1;
	if (bytes > count)
		return FAIL(ERANGE);
	TRY(copy_to_user(to, text, bytes, cs));
	return OK(long, (long)bytes);
}

SYSCALL(umask, int mask)
{
	return OK(long, __atomic_exchange_n(&current_fs()->umask, (uint32_t)mask & 0777, __ATOMIC_RELAXED));
}
