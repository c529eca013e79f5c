/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: touching a program's memory. Addresses at or above USER_TOP are refused by the wrappers in
 * murre/usercopy.h before these are called. A fault that cannot be resolved ends the copy early.
 */
#pragma once
#include <murre/base/user.h>

/* Copy n bytes; return how many were NOT copied. May fault and sleep. */
size_t arch_copy_from_user(void *to, uintptr_t from, size_t n);
size_t arch_copy_to_user(uintptr_t to, const void *from, size_t n);
size_t arch_clear_user(uintptr_t to, size_t n);
/* Bytes of the string before its NUL, at most n; n when there is no NUL within; negative: fault. Copies as it goes. */
long arch_copy_string_from_user(char *to, uintptr_t from, size_t n);
/* One aligned machine word or smaller, inlined: 0, or nonzero on a fault. size is 1, 2, 4, 8 and constant. */
static inline int arch_get_user(uint64_t *value, uintptr_t from, size_t size);
static inline int arch_put_user(uint64_t value, uintptr_t to, size_t size);
/* Futex words: atomic access that fails (nonzero) instead of sleeping when the page is not there; preemption off. */
int arch_user_load32_nosleep(uint32_t *value, uintptr_t from);
int arch_user_cmpxchg32(uintptr_t at, uint32_t expected, uint32_t desired, uint32_t *found);

#include <arch/usercopy_impl.h>
