/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses what a function that can fail returned as if it had succeeded.
 * Linux: CVE-2009-1897: the tun driver used what it got from a lookup first and checked it afterwards, too
 * late.
 * expect: gcc: "invalid initializer"
 * expect: clang: "initializing 'file_ref' (aka 'struct file_ref') with an expression of incompatible type"
 */
#include <murre/file.h>

unsigned events_of(fd_t fd, struct poll_table *t)
{
	own(file_ref, f, fd_get(current_files(), fd));

	return at(f)->ops->poll(at(f), t);
}
