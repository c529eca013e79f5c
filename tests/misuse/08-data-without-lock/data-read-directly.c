/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks the mappings of an address space without its lock.
 * Linux: CVE-2019-11599: writing a core dump looked at the mappings of a process without keeping others
 * (userfaultfd, for one) from changing them.
 * expect: gcc: "attempt to use poisoned "grd_data_""
 * expect: clang: "attempt to use a poisoned identifier"
 */
#include <murre/vm.h>

size_t dump_bytes(struct vm_space *s)
{
	size_t bytes = 0;

	tree_each(vma, v, &s->layout.grd_data_.vmas)
		bytes += v->end - v->start;
	return bytes;
}
