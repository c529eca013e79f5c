/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner is declared where it gets its value; every way out releases it, and give() moves it on.
 */
#include <murre/file.h>
#include <murre/cred.h>

result(long) size_of(fd_t fd)
{
	own(file_ref, f, TRY(fd_get(current_files(), fd)));

	if (!at(f)->inode)
		return FAIL(EINVAL);
	return OK(long, (long)inode_size(at(f)->inode));
}

result(user_account_ref) join(kuid_t uid, const struct user_account *mine)
{
	RETURNS(user_account_ref);
	own(user_account_ref, a, TRY(user_account_find(uid)));

	if (at(a) == mine)
		return FAIL(EBUSY);
	return OK(user_account_ref, give(a));
}
