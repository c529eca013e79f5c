/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies a string and does not look whether it fitted.
 * expect: gcc: "ignoring return value"
 * expect: clang: "ignoring return value of type"
 */
#include <murre/syscall.h>

void read_label(char label[16], user_cstr from, struct can_sleep cs)
{
	copy_string_from_user(label, 16, from, cs);
}
