/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this CPU can do, looked up once on the boot CPU (others must equal it), and the descriptor
 * tables and per-CPU registers that every CPU is given.
 */
#pragma once
#include <arch/percpu.h>

struct x86_features {
	bool apic, x2apic, tsc_deadline;
	bool smap, smep, umip, fsgsbase, pge, huge_pages;	/* huge: 1 GiB */
	bool xsave, xsaveopt, fast_strings;
	bool rdrand, rdtscp;
	uint64_t xfeatures;			/* state components for programs; XCR0 */
	uint32_t xsave_bytes;			/* of an area that holds them */
	unsigned physical_bits;
	uint32_t max_leaf;
	uint32_t hwcap;				/* CPUID 1 EDX */
};
extern struct x86_features x86_features;

void x86_features_read(void);
/* Where the CPU has no SMAP: overwrites STAC and CLAC. Before the image gets its rights. */
void x86_smap_patch(void);
/* Control registers, PAT, system call entry: the same on every CPU. */
void x86_cpu_setup(void);

/* Descriptor tables of this CPU, its interrupt stacks, and GS. `local` and its percpu_offset are
 * filled in. */
void x86_descriptors_load(struct cpu_local *local);
/* Makes the boot CPU's cpu_local, the first thing that C code does. */
void x86_percpu_start(void);
/* Where interrupts and calls from user mode find their stack. */
void x86_stack_top_set(uintptr_t top);

