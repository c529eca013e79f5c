/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks: KERNEL_STACK_SIZE bytes of mapped memory each, with an unmapped guard page below,
 * so that an overflow faults at once. Used ones are kept mapped, per CPU, for the next task.
 */
#pragma once
#include <murre/lock.h>
#include <arch/context.h>

/* The lowest address of a stack; its contents are anything. ENOMEM. Task context. */
result(uintptr_t) kstack_take(void);
/* Nobody runs on it any more. Any context with interrupts on or off, not from an interrupt handler. */
void kstack_put(uintptr_t lowest);
/* Stacks in use or kept, in pages, for /proc/meminfo. */
uint64_t kstack_pages(void);
