/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the assembler code finds fields; percpu_impl.h, entry/trap.c and task/context.c assert each. */
#pragma once

#define FRAME_X(n) (8 * (n))
#define FRAME_SP 248
#define FRAME_PC 256
#define FRAME_PSTATE 264
#define FRAME_ORIG_X0 272
#define FRAME_NR 280
#define FRAME_RECORD 288
#define FRAME_BYTES 304

#define CPU_LOCAL_CURRENT 8
#define CPU_LOCAL_PERCPU 16
#define CPU_LOCAL_SCRATCH 24
#define CPU_LOCAL_PREEMPT 40

#define TASK_SP 0
#define TASK_STACK_TOP 8
#define TASK_WORK 56
/* Work that is not the way back's: tracing of calls is the dispatcher's. */
#define TASK_WORK_PASSED_BY 2

#ifdef MURRE_DEBUG
#define KERNEL_STACK_PAGES 8
#else
#define KERNEL_STACK_PAGES 4
#endif
