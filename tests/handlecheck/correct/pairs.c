/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles of two objects that move together. */
#include <murre/path.h>
#include <murre/file.h>

result(uint64_t) both_read(fd_t dir, const char *text, struct can_sleep cs)
{
	RETURNS(uint64_t);
	own(path_ref, p, TRY(path_lookup(dir, text, LOOKUP_FOLLOW, cs)));

	if (p.mount->flags)
		return FAIL(EROFS);
	return OK(uint64_t, path_inode(&p)->ino);
}

result(path_ref) returned(fd_t dir, const char *text, struct can_sleep cs)
{
	RETURNS(path_ref);
	own(path_ref, p, TRY(path_lookup(dir, text, 0, cs)));

	if (!inode_is(path_inode(&p), S_IFDIR))
		return FAIL(ENOTDIR);
	return OK(path_ref, give(p));
}

result(file_ref) opened(fd_t dir, const char *text, struct can_sleep cs)
{
	RETURNS(file_ref);
	own(path_ref, p, TRY(path_lookup(dir, text, LOOKUP_FOLLOW, cs)));

	return file_open_path(give(p), 0, cs);
}

path_ref shared(const path_ref *p)
{
	return path_share(p->mount, at(*p));
}

result(unit) put_into_a_context(struct fs_context *c, fd_t dir, const char *text, struct can_sleep cs)
{
	RETURNS(unit);
	own(path_ref, p, TRY(path_lookup(dir, text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, cs)));

	fs_context_set_cwd(c, give(p));
	return DONE;
}
