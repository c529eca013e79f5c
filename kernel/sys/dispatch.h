/* SPDX-License-Identifier: GPL-2.0-only */
/* What the call table and the tracer share. */
#pragma once
#include <arch/trap.h>
#include <murre/base/result.h>

typedef result(long) (*syscall_fn)(const struct trap_frame *f);

/* The body for a number, NULL: none. */
syscall_fn syscall_find(unsigned long nr);
/* Calls that are traced or do not exist; the register value to return. */
long syscall_slow(struct trap_frame *f, unsigned long nr);

/* "?" for a number without a name. */
const char *syscall_name(unsigned long nr);

/* What the program gets in its result register. */
static always_inline long syscall_value(result(long) r) { return as_register(r); }
