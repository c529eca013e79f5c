/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control registers, model-specific registers and CPUID (SDM volumes 2 and 4), for C and for
 * assembler.
 */
#pragma once

#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_PG (1 << 31)
#define CR4_TSD (1 << 2)
#define CR4_PAE (1 << 5)
#define CR4_MCE (1 << 6)
#define CR4_PGE (1 << 7)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_UMIP (1 << 11)
#define CR4_FSGSBASE (1 << 16)
#define CR4_OSXSAVE (1 << 18)
#define CR4_SMEP (1 << 20)
#define CR4_SMAP (1 << 21)

#define MSR_APIC_BASE 0x1b
#define MSR_PAT 0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC 0x800
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE (1 << 0)
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)

#define FLAGS_CF (1 << 0)
#define FLAGS_FIXED (1 << 1)
#define FLAGS_PF (1 << 2)
#define FLAGS_AF (1 << 4)
#define FLAGS_ZF (1 << 6)
#define FLAGS_SF (1 << 7)
#define FLAGS_TF (1 << 8)
#define FLAGS_IF (1 << 9)
#define FLAGS_DF (1 << 10)
#define FLAGS_OF (1 << 11)
#define FLAGS_IOPL (3 << 12)
#define FLAGS_NT (1 << 14)
#define FLAGS_RF (1 << 16)
#define FLAGS_AC (1 << 18)
#define FLAGS_ID (1 << 21)

/* Selectors; SYSRET wants user data right below user code, programs know 0x33 and 0x2b from
 * Linux. */
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_CS32 0x23
#define USER_DS 0x2b
#define USER_CS 0x33
#define TSS_SELECTOR 0x40

#ifndef __ASSEMBLER__
#include <murre/base/types.h>

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	uint32_t low = (uint32_t)v, high = (uint32_t)(v >> 32);

	__asm__ volatile("wrmsr" :: "c"(msr), "a"(low), "d"(high) : "memory");
}

struct cpuid { uint32_t a, b, c, d; };
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
	return r;
}

#define DEFINE_CONTROL_REGISTER(n) \
	static inline uint64_t read_##n(void) \
	{ \
		uint64_t v; \
		__asm__ volatile("movq %%" #n ", %0" : "=r"(v)); \
		return v; \
	} \
	static inline void write_##n(uint64_t v) \
	{ \
		__asm__ volatile("movq %0, %%" #n :: "r"(v) : "memory"); \
	}
DEFINE_CONTROL_REGISTER(cr0)
DEFINE_CONTROL_REGISTER(cr2)
DEFINE_CONTROL_REGISTER(cr3)
DEFINE_CONTROL_REGISTER(cr4)
#endif
