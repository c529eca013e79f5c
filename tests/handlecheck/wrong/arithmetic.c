/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums, products, differences and shifts of what programs chose. */
#include <murre/slab.h>
#include <murre/syscall.h>

SYSCALL(munmap, uintptr_t at, size_t bytes)
{
	uintptr_t end = at + bytes; // wrong: [user-arithmetic]

	return end > USER_TOP ? FAIL(EINVAL) : OK(long, 0);
}

SYSCALL(readv, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	own(bytes_box, list, TRY(bytes_box_new(count * sizeof(abi_iovec)))); // wrong: [user-arithmetic]

	return OK(long, is_none(list));
}

SYSCALL(mlock, uintptr_t at, size_t bytes)
{
	size_t room = PAGE_SIZE - bytes; // wrong: [user-arithmetic]

	return OK(long, room > at);
}

SYSCALL(pread64, fd_t fd, user_addr buf, size_t count, loff_t pos)
{
	loff_t end = pos + (loff_t)(count & 0xfff); // wrong: [user-arithmetic]

	return OK(long, end);
}

SYSCALL(setrlimit, unsigned resource, user_in_abi_rlimit limit)
{
	abi_rlimit r;

	TRY(copy_in(&r, limit));
	return OK(long, (long)(r.rlim_max * 1024)); // wrong: [user-arithmetic]
}

static result(bytes_box) room_for(size_t n)
{
	return bytes_box_new(n + sizeof(long)); // wrong: [user-arithmetic]
}

SYSCALL(getrandom, user_addr buf, size_t bytes, unsigned flags)
{
	own(bytes_box, b, TRY(room_for(bytes)));

	return OK(long, is_none(b));
}

SYSCALL(ftruncate, fd_t fd, loff_t bytes)
{
	return OK(long, bytes << 9); // wrong: [user-arithmetic]
}
