/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the entry code hands a page fault. */
#include "../../twin.h"
#define fault_handle original_fault_handle
#include <kernel/proc/fault.c>
#undef fault_handle

long raw_vm_fault(struct vm_space *s, uintptr_t va, unsigned access) TWIN(vm_fault);
bool raw_fault_handle(struct trap_frame *f, uintptr_t addr, unsigned access) TWIN(fault_handle);

bool raw_fault_handle(struct trap_frame *f, uintptr_t addr, unsigned access)
{
	struct vm_space *vm = current()->vm;
	long err = -EFAULT;

	if (likely(vm && addr < USER_TOP)) {
		/* A dying thread's calls end, whatever their buffers do. */
		if (unlikely(!may_fault_in(f, access) || (!(access & FAULT_USER) && death_pending())))
			return false;
		err = raw_vm_fault(vm, addr, access);
		current_thread()->faults.minor_faults++;
	}
	if (likely(!err))
		return true;
	if (!(access & FAULT_USER))
		return false;
	fault_signal((int)-err, addr, MAY_SLEEP);
	return true;
}
