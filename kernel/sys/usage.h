/* SPDX-License-Identifier: GPL-2.0-only */
/* struct usage as getrusage(2) and wait4(2) show it. */
#pragma once
#include <murre/process.h>
#include <murre/syscall.h>

result(unit) usage_out(user_out_abi_rusage to, const struct usage *u, struct can_sleep cs);
