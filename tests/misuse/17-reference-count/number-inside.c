/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes the number inside the count.
 * expect: gcc: "attempt to use poisoned "ref_n_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/file.h>

void revive(struct file *f)
{
	f->refs.ref_n_ = 1;
}
