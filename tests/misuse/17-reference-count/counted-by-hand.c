/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts a reference as if the count were a number.
 * Linux: CVE-2016-4558: counts of BPF programs and maps were plain atomic integers, which a program with
 * enough memory made wrap around to a use after free.
 * expect: gcc: "wrong type argument to increment"
 * expect: clang: "cannot increment value of type 'refcount_t'"
 */
#include <murre/file.h>

struct file *share(struct file *f)
{
	f->refs++;
	return f;
}
