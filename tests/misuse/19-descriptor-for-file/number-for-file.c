/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives the number of a descriptor where an open file is wanted.
 * Linux: CVE-2021-4154: cgroup1 took what fsconfig(2) had given, a file behind a descriptor, for the string of
 * an option, and freed it as such.
 * expect: gcc: "incompatible type for argument 1 of 'file_read'"
 * expect: clang: "passing 'fd_t' to parameter of incompatible type 'struct file *'"
 */
#include <murre/file.h>

result(size_t) read_some(fd_t fd, struct io_iter *to, struct can_sleep cs)
{
	return file_read(fd, to, NULL, cs);
}
