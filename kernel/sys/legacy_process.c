/* SPDX-License-Identifier: GPL-2.0-only */
/* Oldest forms of process calls, each a case of a newer one. fork(2), vfork(2), getpgrp(2), pause(2). */
#include <murre/process.h>
#include <murre/syscall.h>
#include <linux/sched.h>

#if LEGACY_SYSCALLS
SYSCALL(fork)
{
	struct clone_request r = { .exit_signal = SIGCHLD };

	return process_clone(&r, cs);
}

SYSCALL(vfork)
{
	struct clone_request r = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return process_clone(&r, cs);
}

SYSCALL(getpgrp) { return OK(long, process_group_nr(current_process()).nr); }

SYSCALL(pause)
{
	TRY(signal_suspend(signal_blocked(), cs));
	return OK(long, 0);
}
#endif
