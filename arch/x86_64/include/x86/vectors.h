/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt vectors and interrupt stacks, for C and for assembler. */
#pragma once

#define VECTOR_DIVIDE 0
#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_BOUND 5
#define VECTOR_INVALID_OPCODE 6
#define VECTOR_DEVICE_MISSING 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_INVALID_TSS 10
#define VECTOR_SEGMENT_MISSING 11
#define VECTOR_STACK_SEGMENT 12
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_X87 16
#define VECTOR_ALIGNMENT 17
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_SIMD 19
#define VECTOR_CONTROL_PROTECTION 21
#define VECTOR_VMM 29
#define VECTOR_SECURITY 30
/* Exceptions with an error code: bit per vector. */
#define VECTORS_WITH_ERROR_CODE 0x60227d00
/* Exceptions on stacks of their own, in the same form: debug, NMI, double fault, machine check. */
#define VECTORS_ANYWHERE 0x00040106

#define VECTOR_FIRST_INTERRUPT 0x20
#define VECTOR_PIC 0x20			/* 16 of them: the 8259s */
#define VECTOR_LINES 0x30		/* lines of the IOAPICs, handed out upwards */
#define VECTOR_LINES_END 0xf0
#define VECTOR_TIMER 0xf0
#define VECTOR_SPURIOUS 0xff		/* low four bits set, for the oldest local APICs */

#define ENTRY_STUB_BYTES 16

#define IST_DEBUG 0
#define IST_NMI 1
#define IST_DOUBLE_FAULT 2
#define IST_MACHINE_CHECK 3
#define IST_COUNT 4
#define IST_STACK_SIZE 8192
#define IST_STACK_RESERVED 16		/* at the top; the lowest word of it: struct cpu_local */
