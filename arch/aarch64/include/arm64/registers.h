/* SPDX-License-Identifier: GPL-2.0-only */
/* System registers and their fields (Arm ARM, D19), for C and for assembler. */
#pragma once

#define PSTATE_EL0T 0x0
#define PSTATE_EL1H 0x5
#define PSTATE_MODE 0xf
#define PSTATE_32BIT (1 << 4)
#define PSTATE_F (1 << 6)
#define PSTATE_I (1 << 7)
#define PSTATE_A (1 << 8)
#define PSTATE_D (1 << 9)
#define PSTATE_DAIF (PSTATE_D | PSTATE_A | PSTATE_I | PSTATE_F)
#define PSTATE_BTYPE (3 << 10)
#define PSTATE_SSBS (1 << 12)
#define PSTATE_SS (1 << 21)
#define PSTATE_PAN (1 << 22)
#define PSTATE_DIT (1 << 24)
#define PSTATE_TCO (1 << 25)
#define PSTATE_NZCV (15 << 28)

#define SCTLR_M (1 << 0)
#define SCTLR_C (1 << 2)
#define SCTLR_SA (1 << 3)
#define SCTLR_SA0 (1 << 4)
#define SCTLR_ITD (1 << 7)
#define SCTLR_SED (1 << 8)
#define SCTLR_EOS (1 << 11)
#define SCTLR_I (1 << 12)
#define SCTLR_DZE (1 << 14)
#define SCTLR_UCT (1 << 15)
#define SCTLR_NTWI (1 << 16)
#define SCTLR_NTWE (1 << 18)
#define SCTLR_TSCXT (1 << 20)
#define SCTLR_EIS (1 << 22)
#define SCTLR_SPAN (1 << 23)
#define SCTLR_UCI (1 << 26)
#define SCTLR_NTLSMD (1 << 28)
#define SCTLR_LSMAOE (1 << 29)
/* What is one where its feature is missing; SPAN: taking an exception sets PAN only without it. */
#define SCTLR_OFF (SCTLR_EOS | SCTLR_TSCXT | SCTLR_EIS | SCTLR_SPAN | SCTLR_NTLSMD | SCTLR_LSMAOE)
#define SCTLR_ON ((SCTLR_OFF & ~SCTLR_SPAN) | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_SA0 | SCTLR_ITD | SCTLR_SED | SCTLR_I | \
		  SCTLR_DZE | SCTLR_UCT | SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI)

/* Bytes of MAIR in the order of arch/mmu_impl.h: write-back; Device-nGnRE; not cached. */
#define MAIR_VALUE 0x4404ff

/* Both halves: 48 bits, 4 KiB, walks cached and shared like other memory; a program's top byte is a tag. */
#define TCR_BASE (16 | 1 << 8 | 1 << 10 | 3 << 12 | 16 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30 | 1 << 37)
#define TCR_IPS_SHIFT 32
#define TCR_IPS_MOST 5				/* 48 bits */
#define TCR_AS (1 << 36)
#define TCR_HA (1 << 39)
#define TCR_HD (1 << 40)

#define CPACR_FP (3 << 20)
#define CPTR_EL2_RES1 0x33ff
#define HCR_EL2_RW (1 << 31)
#define CNTKCTL_EL0VCTEN (1 << 1)
#define CNT_CTL_ENABLE 1
#define CNT_CTL_MASK 2

#define ESR_CLASS(esr) ((uint32_t)(esr) >> 26)
#define ESR_CLASS_SHIFT 26
#define ESR_ISS 0x1ffffff
#define CLASS_UNKNOWN 0x00
#define CLASS_WFX 0x01
#define CLASS_FP_ACCESS 0x07
#define CLASS_BRANCH_TARGET 0x0d
#define CLASS_ILLEGAL_STATE 0x0e
#define CLASS_SVC 0x15
#define CLASS_SYSTEM_REGISTER 0x18
#define CLASS_SVE 0x19
#define CLASS_POINTER_AUTH 0x1c
#define CLASS_FETCH_USER 0x20
#define CLASS_FETCH 0x21
#define CLASS_PC_ALIGNMENT 0x22
#define CLASS_DATA_USER 0x24
#define CLASS_DATA 0x25
#define CLASS_SP_ALIGNMENT 0x26
#define CLASS_FP_EXCEPTION 0x2c
#define CLASS_SERROR 0x2f
#define CLASS_BREAKPOINT_USER 0x30
#define CLASS_STEP_USER 0x32
#define CLASS_WATCHPOINT_USER 0x34
#define CLASS_BRK 0x3c

#ifndef __ASSEMBLER__
#include <murre/base/types.h>

#define read_register(name) ({ \
	uint64_t register_value_; \
	__asm__ volatile("mrs %0, " #name : "=r"(register_value_)); \
	register_value_; })
#define write_register(name, v) __asm__ volatile("msr " #name ", %x0" :: "rZ"((uint64_t)(v)) : "memory")
#define instruction_barrier() __asm__ volatile("isb" ::: "memory")
#endif
