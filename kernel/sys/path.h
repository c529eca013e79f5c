/* SPDX-License-Identifier: GPL-2.0-only */
/* Bodies that the oldest forms of the file calls share with the present ones. */
#pragma once
#include <murre/path.h>
#include <murre/syscall.h>

result(long) open_call(fd_t dir, user_cstr path, int flags, unsigned mode, struct can_sleep cs);
/* is_old: struct linux_dirent, getdents(2). */
result(long) list_call(fd_t fd, user_addr buf, unsigned count, bool is_old, struct can_sleep cs);
/* AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH as LOOKUP_* bits. */
static inline unsigned follow_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* times NULL: now. */
result(long) times_call(fd_t dir, const char *path, const timespec64 times[2], unsigned lookup, struct can_sleep cs);
result(long) stat_call(fd_t dir, const char *path, user_out_abi_stat st, unsigned lookup, struct can_sleep cs);
