/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that exist on x86_64 only, in the form of murre/syscalls.def; their bodies are in
 * arch/x86_64/sys.
 */
#pragma once

/* Linux's first 64-bit table: open, fork, time and their like have numbers of their own. */
#define LEGACY_SYSCALLS 1

#define ARCH_SYSCALLS \
	S(2, arch_prctl, ANY, int, option, uintptr_t, address)

/* clone(2)'s last two arguments come as (child_tid, tls). */
#define CLONE_ARG_CHILD_TID(arg4, arg5) (arg4)
#define CLONE_ARG_TLS(arg4, arg5) (arg5)
