/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls. syscalls.def lists every call once, with its typed arguments; this header makes the prototypes from it
 * and the SYSCALL macro that their bodies are written with:
 *
 *	SYSCALL(dup, fd_t fd)
 *	{
 *		own(file_ref, f, TRY(fd_get_any(current_files(), fd)));
 *		return fd_publish(give(f), false);
 *	}
 *
 * A body returns result(long); its errors reach the program as negative numbers. It may sleep (cs).
 */
#pragma once
#include <murre/base/user.h>
#include <murre/lock.h>
#include <murre/time.h>
#include <murre/vm.h>
#include <murre/abi.h>
#include <arch/syscalls.h>

#define SYSCALL(name, ...) result(long) sys_##name(__VA_ARGS__ __VA_OPT__(,) struct can_sleep cs)

/* S(n, name, check, type1, arg1, ...): expands one row to a prototype. */
#define SYS_ARGS_0()
#define SYS_ARGS_1(t, a) t a,
#define SYS_ARGS_2(t, a, ...) t a, SYS_ARGS_1(__VA_ARGS__)
#define SYS_ARGS_3(t, a, ...) t a, SYS_ARGS_2(__VA_ARGS__)
#define SYS_ARGS_4(t, a, ...) t a, SYS_ARGS_3(__VA_ARGS__)
#define SYS_ARGS_5(t, a, ...) t a, SYS_ARGS_4(__VA_ARGS__)
#define SYS_ARGS_6(t, a, ...) t a, SYS_ARGS_5(__VA_ARGS__)
#define S(n, name, check, ...) result(long) sys_##name(SYS_ARGS_##n(__VA_ARGS__) struct can_sleep cs);
#include <murre/syscalls.def>
#undef S
