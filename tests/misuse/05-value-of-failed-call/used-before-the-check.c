/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes both the value and the error, and uses the value first.
 * expect: checker: "'bytes' used where its errno was not found to be 0: handle the error first [result-unchecked]"
 */
#include <murre/slab.h>

size_t pages_of(size_t head, size_t body)
{
	attempt(bytes, err, size_add(head, body));
	size_t pages = bytes / PAGE_SIZE;

	return err ? 0 : pages;
}
