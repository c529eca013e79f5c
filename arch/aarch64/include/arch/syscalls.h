/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that exist on aarch64 only, in the form of murre/syscalls.def: none. */
#pragma once

/* Linux's generic table: the oldest forms (open, fork, time and their like) have no numbers. */
#define LEGACY_SYSCALLS 0

#define ARCH_SYSCALLS

/* clone(2)'s last two arguments come as (tls, child_tid). */
#define CLONE_ARG_CHILD_TID(arg4, arg5) (arg5)
#define CLONE_ARG_TLS(arg4, arg5) (arg4)
