/* SPDX-License-Identifier: GPL-2.0-only */
/* arch_prctl(2): the bases of FS (thread-local storage) and GS. */
#include <asm/prctl.h>
#include <murre/syscall.h>
#include <murre/usercopy.h>
#include <x86/task.h>

SYSCALL(arch_prctl, int option, uintptr_t address)
{
	bool gs = option == ARCH_SET_GS || option == ARCH_GET_GS;
	uint64_t base;

	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (address >= USER_TOP)
			return FAIL(EPERM);
		x86_base_set(gs, address);
		return OK(long, 0);
	case ARCH_GET_FS:
	case ARCH_GET_GS:
		base = x86_base_get(gs);
		TRY(copy_out(user_from(uint64_t, address), &base));
		return OK(long, 0);
	default:
		return FAIL(EINVAL);
	}
}
