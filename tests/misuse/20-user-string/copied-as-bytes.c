/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies a string as so many bytes: nothing says that it ends there.
 * expect: gcc: "incompatible type for argument 2 of 'copy_from_user'"
 * expect: clang: "to parameter of incompatible type 'user_addr'"
 */
#include <murre/syscall.h>

struct label { char text[16]; };

result(unit) read_label(struct label *l, user_cstr from, struct can_sleep cs)
{
	return copy_from_user(l->text, from, sizeof(l->text), cs);
}
