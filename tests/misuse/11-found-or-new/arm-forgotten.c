/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles the name that exists and forgets the one that does not, behind a default that hides it.
 * Linux: commit b231509616fe: whether an inode was found or is still being made is a flag to remember (I_NEW);
 * udf did not set it on those that it made.
 * expect: gcc: "enumeration value 'NAME_NEW' not handled in switch"
 * expect: clang: "enumeration value 'NAME_NEW' not explicitly handled in switch"
 */
#include <murre/inode.h>

result(uint64_t) number_of(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(uint64_t);
	own(name_lookup, l, TRY(dentry_lookup(dir, name, cs)));

	switch (name_kind(&l)) {
	case NAME_FOUND: {
		own(dentry_ref, d, TRY(name_found(give(l))));
		return OK(uint64_t, at(d)->inode->ino);
	}
	default:
		return OK(uint64_t, 0);
	}
}
