/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls on descriptors: close(2), dup(2), fcntl(2), ioctl(2), flock(2), fsync(2), posix_fadvise(2). */
#include <murre/file.h>
#include <murre/process.h>
#include <murre/syscall.h>
#include <asm/ioctls.h>
#include <linux/close_range.h>
#include <linux/fadvise.h>
#include <linux/fs.h>

typedef struct flock abi_flock;
DEFINE_USER_AS(abi_flock);
typedef struct f_owner_ex abi_owner;
DEFINE_USER_AS(abi_owner);

/* Numbers. --------------------------------------------------------------------------------------------------------- */

SYSCALL(close, fd_t fd)
{
	int err = error_of(fd_close(current_files(), fd, cs));

	/* The descriptor is gone already: the call must not be made again. */
	if (err == ERESTARTSYS || err == ERESTARTNOINTR || err == ERESTARTNOHAND || err == ERESTART_RESTARTBLOCK)
		err = EINTR;
	return err ? FAIL(err) : OK(long, 0);
}

static void table_replace(fd_table_ref mine)
{
	struct thread *t = current_thread();
	own(fd_table_ref, old, none(fd_table_ref));
	hold(thread_share, held, &t->share);

	old = from_raw(fd_table_ref, t->task.files);
	t->task.files = into_raw(give(mine));
}

SYSCALL(close_range, unsigned first, unsigned last, unsigned flags)
{
	if (flags & ~(unsigned)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return FAIL(EINVAL);
	if (flags & CLOSE_RANGE_UNSHARE && fd_table_is_shared(current_files())) {
		own(fd_table_ref, mine, TRY(fd_table_copy(current_files(), cs)));
		table_replace(give(mine));
	}
	fd_close_range(current_files(), first, last, flags & CLOSE_RANGE_CLOEXEC, cs);
	return OK(long, 0);
}

SYSCALL(dup, fd_t fd)
{
	own(file_ref, f, TRY(fd_get_any(current_files(), fd)));
	return fd_publish(give(f), false);
}

SYSCALL(dup3, fd_t fd, fd_t to, int flags)
{
	if (flags & ~O_CLOEXEC || fd.nr == to.nr)
		return FAIL(EINVAL);
	return fd_replace(current_files(), fd, to, flags & O_CLOEXEC, cs);
}

/* fcntl(2). -------------------------------------------------------------------------------------------------------- */

static result(long) dup_from(struct file *f, uintptr_t lowest, bool close_on_exec)
{
	if (lowest >= current_limit(RLIMIT_NOFILE))
		return FAIL(EINVAL);
	own_fd_slot(slot, TRY(fd_reserve((int)lowest, close_on_exec)));
	return OK(long, fd_install(&slot, file_share(f)).nr);
}

/* The status flags that can change. */
#define SETTABLE (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

static result(long) flags_set(struct file *f, uint32_t wanted)
{
	uint32_t flags = (f->flags & ~(uint32_t)SETTABLE) | (wanted & SETTABLE);

	if (wanted & O_NOATIME && !(f->flags & O_NOATIME) && !inode_owner_or_capable(f->inode))
		return FAIL(EPERM);
	if (wanted & O_DIRECT && !(f->mode & FILE_CAN_DIRECT))
		return FAIL(EINVAL);
	if (f->ops->set_flags)
		TRY(f->ops->set_flags(f, flags | (wanted & FASYNC)));
	write_once(f->flags, flags | (f->ops->set_flags ? f->flags & FASYNC : 0));
	return OK(long, 0);
}

static result(long) lock_call(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	user_abi_flock at_user = user_from(abi_flock, arg);
	abi_flock l;

	TRY(copy_in(&l, at_user));
	long done = TRY(file_lock_fcntl(f, cmd, &l, cs));
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		TRY(copy_out(at_user, &l));
	return OK(long, done);
}

/* Who gets signals about the file: a process, thread (positive) or group. */
static result(long) owner_set(struct file *f, int nr, uint8_t kind, struct can_sleep cs)
{
	own(pid_ref, who, none(pid_ref));

	if (nr) {
		who = pid_find((pid_nr_t){ nr });
		if (is_none(who))
			return FAIL(ESRCH);
	}
	hold_mutex(file_position, held, &f->pos_mutex);
	own(pid_ref, old, give(f->signal_owner));
	f->signal_owner = give(who);
	f->signal_owner_kind = kind;
	return OK(long, 0);
}

static int owner_get(struct file *f, uint8_t *kind, struct can_sleep cs)
{
	hold_mutex(file_position, held, &f->pos_mutex);

	*kind = f->signal_owner_kind;
	return is_none(f->signal_owner) ? 0 : at(f->signal_owner)->nr.nr;
}

static result(long) owner_call(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	abi_owner o = {};
	uint8_t kind;
	int nr = (int)arg;

	switch (cmd) {
	case F_SETOWN:
		if (nr == INT32_MIN)
			return FAIL(EINVAL);
		return nr < 0 ? owner_set(f, -nr, F_OWNER_PGRP, cs) : owner_set(f, nr, F_OWNER_PID, cs);
	case F_GETOWN:
		nr = owner_get(f, &kind, cs);
		return OK(long, kind == F_OWNER_PGRP ? -nr : nr);
	case F_SETOWN_EX:
		TRY(copy_in(&o, user_from(abi_owner, arg)));
		if (o.type < F_OWNER_TID || o.type > F_OWNER_PGRP)
			return FAIL(EINVAL);
		return owner_set(f, o.pid, (uint8_t)o.type, cs);
	default:
		o.pid = owner_get(f, &kind, cs);
		o.type = kind;
		TRY(copy_out(user_from(abi_owner, arg), &o));
		return OK(long, 0);
	}
}

SYSCALL(fcntl, fd_t fd, unsigned cmd, uintptr_t arg)
{
	own_loan(l, TRY(fd_loan_any(fd)));
	struct file *f = loaned(l);

	switch (cmd) {
	case F_DUPFD:
		return dup_from(f, arg, false);
	case F_DUPFD_CLOEXEC:
		return dup_from(f, arg, true);
	case F_GETFD:
		return OK(long, TRY(fd_get_flags(current_files(), fd)));
	case F_SETFD:
		TRY(fd_set_flags(current_files(), fd, (int)arg));
		return OK(long, 0);
	case F_GETFL:
		return OK(long, f->flags);
	}
	if (f->mode & FILE_PATH_ONLY)
		return FAIL(EBADF);
	switch (cmd) {
	case F_SETFL:
		return flags_set(f, (uint32_t)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock_call(f, cmd, arg, cs);
	case F_SETOWN:
	case F_GETOWN:
	case F_SETOWN_EX:
	case F_GETOWN_EX:
		return owner_call(f, cmd, arg, cs);
	case F_GETSIG:
		return OK(long, f->signal_number);
	case F_SETSIG:
		if (arg > 64)
			return FAIL(EINVAL);
		f->signal_number = (int16_t)arg;
		return OK(long, 0);
	case F_GETLEASE:
		return OK(long, F_UNLCK);	/* nobody holds one: F_SETLEASE is refused */
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return f->ops->fcntl ? f->ops->fcntl(f, cmd, arg, cs) : FAIL(EBADF);
	}
	return f->ops->fcntl ? f->ops->fcntl(f, cmd, arg, cs) : FAIL(EINVAL);
}

/* ioctl(2): what means the same for every file. -------------------------------------------------------------------- */

static result(long) ioctl_nonblock(struct file *f, uintptr_t arg, struct can_sleep cs)
{
	int on;

	TRY(copy_in(&on, user_from(int, arg)));
	return flags_set(f, on ? f->flags | O_NONBLOCK : f->flags & ~(uint32_t)O_NONBLOCK);
}

static result(long) ioctl_async(struct file *f, uintptr_t arg, struct can_sleep cs)
{
	int on;

	TRY(copy_in(&on, user_from(int, arg)));
	if (!on == !(f->flags & FASYNC))
		return OK(long, 0);
	if (!f->ops->set_flags)
		return FAIL(ENOTTY);
	TRY(f->ops->set_flags(f, on ? f->flags | FASYNC : f->flags & ~(uint32_t)FASYNC));
	return f->flags & FASYNC || !on ? OK(long, 0) : FAIL(ENOTTY);
}

/* FIONREAD of a file: what lies ahead. */
static result(long) ioctl_ahead(struct file *f, uintptr_t arg, struct can_sleep cs)
{
	int ahead = (int)(inode_size(f->inode) - (uint64_t)f->pos);

	TRY(copy_out(user_from(int, arg), &ahead));
	return OK(long, 0);
}

SYSCALL(ioctl, fd_t fd, unsigned cmd, uintptr_t arg)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);
	int block;

	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		TRY(fd_set_flags(current_files(), fd, cmd == FIOCLEX ? FD_CLOEXEC : 0));
		return OK(long, 0);
	case FIONBIO:
		return ioctl_nonblock(f, arg, cs);
	case FIOASYNC:
		return ioctl_async(f, arg, cs);
	case FIGETBSZ:
		block = (int)f->inode->sb->block_size;
		TRY(copy_out(user_from(int, arg), &block));
		return OK(long, 0);
	case FIONREAD:
		if (inode_is(f->inode, S_IFREG) && f->inode->object)
			return ioctl_ahead(f, arg, cs);
		break;
	}
	return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg, cs) : FAIL(ENOTTY);
}

/* Locks, syncing, advice. ------------------------------------------------------------------------------------------ */

SYSCALL(flock, fd_t fd, unsigned operation)
{
	own_loan(l, TRY(fd_loan(fd)));

	TRY(file_flock(loaned(l), operation, cs));
	return OK(long, 0);
}

static result(long) sync_file(fd_t fd, bool data_only, struct can_sleep cs)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);

	if (!f->ops->sync)
		return FAIL(EINVAL);
	TRY(f->ops->sync(f, 0, INT64_MAX, data_only, cs));
	return OK(long, 0);
}

SYSCALL(fsync, fd_t fd) { return sync_file(fd, false, cs); }
SYSCALL(fdatasync, fd_t fd) { return sync_file(fd, true, cs); }

SYSCALL(sync)
{
	mounts_sync(cs);
	return OK(long, 0);
}

SYSCALL(syncfs, fd_t fd)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct superblock *sb = loaned(l)->inode->sb;

	if (sb->ops && sb->ops->sync)
		TRY(sb->ops->sync(sb, cs));
	return OK(long, 0);
}

/* Advice changes nothing that a program could see; wrong advice is refused. */
SYSCALL(fadvise64, fd_t fd, loff_t offset, loff_t bytes, int advice)
{
	own_loan(l, TRY(fd_loan(fd)));

	if (inode_is(loaned(l)->inode, S_IFIFO))
		return FAIL(ESPIPE);
	if (bytes < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		return FAIL(EINVAL);
	return OK(long, 0);
}

SYSCALL(readahead, fd_t fd, loff_t offset, size_t bytes)
{
	own_loan(l, TRY(fd_loan(fd)));

	if (!(loaned(l)->mode & FILE_READ))
		return FAIL(EBADF);
	if (!inode_is(loaned(l)->inode, S_IFREG) || !loaned(l)->inode->object)
		return FAIL(EINVAL);
	return OK(long, 0);
}
