/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subtracts a size of the program's from what there is room for: below zero is very much.
 * Linux: CVE-2022-0185: legacy_parse_param() checked a length against PAGE_SIZE - 2 - size, which wrapped once
 * size was larger.
 * expect: checker: "this difference of what a program gave may wrap: compare the two first [user-arithmetic]"
 */
#include <murre/slab.h>
#include <murre/syscall.h>

SYSCALL(getrandom, user_addr from, size_t bytes, unsigned flags)
{
	own(bytes_box, data, TRY(bytes_box_new(PAGE_SIZE)));
	size_t room = PAGE_SIZE - 2 - bytes;

	TRY(copy_from_user(at(data), from, room, cs));
	return OK(long, (long)room);
}
