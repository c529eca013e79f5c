/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the size of an array whose length comes from outside as a number.
 * expect: gcc: "incompatible types when returning type"
 * expect: clang: "returning 'struct size_t_result'"
 */
#include <murre/slab.h>
#include <murre/cred.h>

size_t groups_bytes(unsigned count)
{
	return array_bytes(kgid_t, count);
}
