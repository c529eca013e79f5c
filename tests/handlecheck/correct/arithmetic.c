/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic on what programs chose that cannot wrap, or says so. */
#include <murre/slab.h>
#include <murre/syscall.h>

SYSCALL(munmap, uintptr_t at, size_t bytes)
{
	uintptr_t end = TRY(size_add(at, bytes));

	return end > USER_TOP ? FAIL(EINVAL) : OK(long, 0);
}

SYSCALL(readv, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	own(bytes_box, list, TRY(bytes_box_new(TRY(array_bytes(abi_iovec, count)))));

	return OK(long, is_none(list));
}

SYSCALL(writev, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	if (count > 1024)
		return FAIL(EINVAL);
	own(bytes_box, list, TRY(bytes_box_new(count * sizeof(abi_iovec))));

	return OK(long, is_none(list));
}

SYSCALL(mlock, uintptr_t at, size_t bytes)
{
	size_t room = bytes < PAGE_SIZE ? PAGE_SIZE - bytes : 0;

	return OK(long, room > at);
}

SYSCALL(pread64, fd_t fd, user_addr buf, size_t count, loff_t pos)
{
	if (pos < 0)
		return FAIL(EINVAL);
	return OK(long, TRY(offset_add(pos, (int64_t)(count & 0xfff))));
}

SYSCALL(poll, user_abi_pollfd fds, unsigned count, int timeout_ms)
{
	return OK(long, (long)(count * sizeof(abi_pollfd)));
}
