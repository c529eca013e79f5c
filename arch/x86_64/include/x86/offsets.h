/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the assembler code finds fields; entry/trap.c and task/context.c assert each. */
#pragma once

#define FRAME_R10 56
#define FRAME_R9 64
#define FRAME_R8 72
#define FRAME_AX 80
#define FRAME_DX 96
#define FRAME_SI 104
#define FRAME_DI 112
#define FRAME_ORIG_AX 120
#define FRAME_IP 128
#define FRAME_CS 136
#define FRAME_FLAGS 144
#define FRAME_SP 152

#define CPU_LOCAL_CURRENT 8
#define CPU_LOCAL_STACK_TOP 24
#define CPU_LOCAL_USER_SP 32
#define CPU_LOCAL_PREEMPT 40

#define TASK_SP 0
#define TASK_WORK 72
/* Work that is not the way back's: tracing of calls is the dispatcher's. */
#define TASK_WORK_PASSED_BY 2
