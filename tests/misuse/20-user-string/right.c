/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A path becomes a path_buf of known length, another string an array with an end; too long is an error.
 */
#include <murre/path.h>
#include <murre/syscall.h>

struct label { char text[16]; };

result(path_ref) find(fd_t dir, user_cstr name, struct can_sleep cs)
{
	RETURNS(path_ref);
	path_text(path, name);

	return path_lookup(dir, path.text, 0, cs);
}

result(size_t) read_label(struct label *l, user_cstr from, struct can_sleep cs)
{
	return copy_string_from_user(l->text, sizeof(l->text), from, cs);
}
