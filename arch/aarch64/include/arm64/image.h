/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that kernel.lds and head.S give: the parts of the image, page-aligned unless they are tables. */
#pragma once
#include <arch/mmu.h>
#include <murre/base/types.h>

extern char kernel_start[], kernel_end[];
extern char text_start[], text_end[];
extern char start_text_start[], start_text_end[];		/* given away after start */
extern char rodata_start[], rodata_end[];
extern char ro_after_start_start[], ro_after_start_end[];
extern char percpu_start[], percpu_end[];
extern char start_data_start[], start_data_end[];		/* given away after start */
extern char boot_stack_guard[], boot_stack[], boot_stack_top[];
extern char overflow_stack[], overflow_stack_top[];

/* Where an access that may fault lies, and where to go on then; both relative to their own place. */
struct arm64_fixup { int32_t from, to; };
extern const struct arm64_fixup fixups_start[], fixups_end[];
