/* SPDX-License-Identifier: GPL-2.0-only */
/* What this CPU can do, looked up once on the boot CPU (others must equal it), and what every CPU is set to. */
#pragma once
#include <arch/percpu.h>

struct arm64_features {
	bool pan, random;
	unsigned asid_bits;
	unsigned zero_block;			/* bytes that DC ZVA clears; 0: it may not be used */
	unsigned data_line, code_line;		/* bytes of the smallest cache lines */
	bool code_lines_by_physical;		/* the instruction cache knows a line by its physical address */
	bool data_is_fetched, code_is_coherent;	/* no maintenance of the one or the other cache before running what was written */
	unsigned long hwcap, hwcap2;
};
extern struct arm64_features arm64_features;

void arm64_features_read(void);
/* What programs may do by themselves, and no debug event of the loader's. */
void arm64_cpu_setup(void);

/* The boot CPU's; its copy of the per-CPU variables is the image's own. */
extern struct cpu_local arm64_boot_cpu;
void arm64_percpu_start(void);
