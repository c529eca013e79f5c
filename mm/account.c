/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an address space counts and what limits it (getrlimit(2), proc(5) overcommit_memory 0):
 * memory is promised freely, only a single request for more than the machine has is refused. Counts
 * of a space are under its mutex; the promise of all spaces is one atomic number.
 */
#include <murre/cred.h>
#include "space.h"

static int64_t committed;		/* pages */

int64_t vm_committed_pages(void) { return read_once(committed); }

void account(vm_space_locked l, uint32_t flags, int64_t pages)
{
	struct vm_layout *y = in(l);

	y->total_pages += pages;
	if (flags & VM_LOCKED)
		y->locked_pages += pages;
	if (flags & VM_SHARED)
		y->shared_pages += pages;
	if (flags & (VM_STACK | VM_GROWS_DOWN))
		y->stack_pages += pages;
	else if ((flags & (VM_EXEC | VM_WRITE)) == VM_EXEC)
		y->exec_pages += pages;
	else if (is_data(flags))
		y->data_pages += pages;
	if (is_promised(flags))
		__atomic_add_fetch(&committed, pages, __ATOMIC_RELAXED);
}

result(unit) account_permits(struct vm_space *s, vm_space_locked l, uint32_t flags, uint64_t pages)
{
	RETURNS(unit);
	const struct vm_layout *y = in(l);
	struct vm_limits limits = s->limits;

	if (flags & VM_LOCKED && y->locked_pages + pages > limits.memlock >> PAGE_SHIFT &&
	    !capable(CAP_IPC_LOCK))
		return FAIL(EAGAIN);
	if (y->total_pages + pages > limits.as >> PAGE_SHIFT)
		return FAIL(ENOMEM);
	if (is_data(flags) && y->data_pages + pages > limits.data >> PAGE_SHIFT)
		return FAIL(ENOMEM);
	return is_promised(flags) ? promise_permits(pages) : DONE;
}

result(unit) promise_permits(uint64_t pages)
{
	return unit_result(pages > page_total() ? ENOMEM : 0);
}
