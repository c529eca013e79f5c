/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults and exceptions of programs: a page fault is resolved by the address space or becomes SIGSEGV or SIGBUS; any
 * other exception becomes the signal that the architecture names. A kernel access to user memory that cannot be resolved
 * is handed back to the entry code and its fixups. sigaction(2), "The siginfo_t argument to a SA_SIGINFO handler".
 */
#include <murre/inject.h>
#include "proc.h"

static bool may_fault_in(const struct trap_frame *f, unsigned access);
static void fault_signal(int err, uintptr_t addr, struct can_sleep cs);

may_sleep bool fault_handle(struct trap_frame *f, uintptr_t addr, unsigned access)
{
	struct can_sleep cs = MAY_SLEEP;
	struct vm_space *vm = current()->vm;
	int err = EFAULT;

	if (likely(vm && addr < USER_TOP)) {
		/* A dying thread's calls end, whatever their buffers do. */
		if (unlikely(!may_fault_in(f, access) || (!(access & FAULT_USER) && death_pending())))
			return false;
		err = error_of(vm_fault(vm, addr, access, cs));
		current_thread()->faults.minor_faults++;
	}
	if (likely(!err))
		return true;
	if (access & FAULT_USER)
		fault_signal(err, addr, cs);
	return false;
}

void exception_signal(struct trap_frame *f, int signo, int code, uintptr_t addr)
{
	struct signal_info i = { .signo = signo, .code = code };

	i.fault.address = addr;
	signal_force(&i);
}

/* Programs may always sleep; the kernel's own accesses only where they are not atomic. */
static bool may_fault_in(const struct trap_frame *f, unsigned access)
{
	return access & FAULT_USER ||
	       (frame_irqs_were_on(f) && !(arch_preempt_word() & ~PREEMPT_NO_SWITCH_WANTED));
}

static void fault_signal(int err, uintptr_t addr, struct can_sleep cs)
{
	struct signal_info i = { .signo = SIGSEGV, .code = SEGV_MAPERR };

	switch (err) {
	case ENOMEM:
		if (failure_was_injected())
			return;
		/* The access is tried again once somebody, maybe current, has been made to give memory back. */
		out_of_memory(cs);
		return;
	case EACCES:
		i.code = SEGV_ACCERR;
		break;
	case ENXIO:
	case EIO:
		i.signo = SIGBUS;
		i.code = BUS_ADRERR;
		break;
	}
	i.fault.address = addr;
	signal_force(&i);
}
