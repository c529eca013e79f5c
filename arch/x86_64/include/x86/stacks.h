/* SPDX-License-Identifier: GPL-2.0-only */
/* Stacks besides the tasks': for whoever follows a chain of frames. */
#pragma once
#include <murre/base/types.h>

extern char boot_stack_guard[], boot_stack[], boot_stack_top[];
/* Whether the address is on an interrupt stack of this CPU, and where that ends. */
bool x86_interrupt_stack_holding(uintptr_t at, uintptr_t *end);
