/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of programs that the CPU refuses and Linux carries out for them. */
#pragma once
#include <arch/trap.h>

/* MRS of an identification register (HWCAP_CPUID; Linux's cpu-feature-registers): the program sees what it may use, no
 * more. False: the instruction is another; nothing is changed. Interrupts on; may fault and sleep. */
bool arm64_register_emulate(struct trap_frame *f);
