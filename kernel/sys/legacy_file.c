/* SPDX-License-Identifier: GPL-2.0-only */
/* The oldest forms of the file calls, each a case of a later one; only where the architecture's table has them. */
#include <murre/file.h>
#include <murre/syscall.h>
#include "path.h"

#if LEGACY_SYSCALLS

#define CWD ((fd_t){ AT_FDCWD })

SYSCALL(open, user_cstr path, int flags, unsigned mode) { return open_call(CWD, path, flags, mode, cs); }

SYSCALL(creat, user_cstr path, unsigned mode) { return open_call(CWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, cs); }

SYSCALL(stat, user_cstr path, user_out_abi_stat st)
{
	path_text(p, path);
	return stat_call(CWD, p.text, st, LOOKUP_FOLLOW, cs);
}

SYSCALL(lstat, user_cstr path, user_out_abi_stat st)
{
	path_text(p, path);
	return stat_call(CWD, p.text, st, 0, cs);
}

SYSCALL(access, user_cstr path, int mode) { return sys_faccessat2(CWD, path, mode, 0, cs); }
SYSCALL(chmod, user_cstr path, unsigned mode) { return sys_fchmodat(CWD, path, mode, cs); }
SYSCALL(chown, user_cstr path, unsigned uid, unsigned gid) { return sys_fchownat(CWD, path, uid, gid, 0, cs); }

SYSCALL(lchown, user_cstr path, unsigned uid, unsigned gid)
{
	return sys_fchownat(CWD, path, uid, gid, AT_SYMLINK_NOFOLLOW, cs);
}

SYSCALL(mkdir, user_cstr path, unsigned mode) { return sys_mkdirat(CWD, path, mode, cs); }
SYSCALL(rmdir, user_cstr path) { return sys_unlinkat(CWD, path, AT_REMOVEDIR, cs); }
SYSCALL(unlink, user_cstr path) { return sys_unlinkat(CWD, path, 0, cs); }
SYSCALL(link, user_cstr from, user_cstr to) { return sys_linkat(CWD, from, CWD, to, 0, cs); }
SYSCALL(symlink, user_cstr target, user_cstr path) { return sys_symlinkat(target, CWD, path, cs); }
SYSCALL(rename, user_cstr from, user_cstr to) { return sys_renameat2(CWD, from, CWD, to, 0, cs); }
SYSCALL(readlink, user_cstr path, user_addr buf, int count) { return sys_readlinkat(CWD, path, buf, count, cs); }
SYSCALL(mknod, user_cstr path, unsigned mode, unsigned dev) { return sys_mknodat(CWD, path, mode, dev, cs); }
SYSCALL(getdents, fd_t fd, user_addr buf, unsigned count) { return list_call(fd, buf, count, true, cs); }

SYSCALL(dup2, fd_t fd, fd_t to)
{
	if (fd.nr != to.nr)
		return fd_replace(current_files(), fd, to, false, cs);
	TRY(fd_get_flags(current_files(), fd));
	return OK(long, fd.nr);
}

SYSCALL(utime, user_cstr path, user_in_long times_user)
{
	long both[2];
	timespec64 times[2] = {};

	path_text(p, path);
	if (user_is_null(times_user))
		return times_call(CWD, p.text, NULL, LOOKUP_FOLLOW, cs);
	TRY(copy_in_array(both, times_user, 2));
	times[0].tv_sec = both[0];
	times[1].tv_sec = both[1];
	return times_call(CWD, p.text, times, LOOKUP_FOLLOW, cs);
}

SYSCALL(futimesat, fd_t dir, user_cstr path, user_in_timeval64 times_user)
{
	timeval64 both[2];
	timespec64 times[2];

	if (!user_is_null(times_user)) {
		TRY(copy_in_array(both, times_user, 2));
		for (int n = 0; n < 2; n++) {
			if (both[n].tv_usec < 0 || both[n].tv_usec >= 1000000)
				return FAIL(EINVAL);
			times[n] = (timespec64){ .tv_sec = both[n].tv_sec, .tv_nsec = both[n].tv_usec * 1000 };
		}
	}
	path_text(p, path);
	return times_call(dir, p.text, user_is_null(times_user) ? NULL : times, LOOKUP_FOLLOW, cs);
}

SYSCALL(utimes, user_cstr path, user_in_timeval64 times) { return sys_futimesat(CWD, path, times, cs); }

#endif
