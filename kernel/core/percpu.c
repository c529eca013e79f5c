/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of CPUs, by dense number. The boot CPU's entry is set by the architecture before kernel_main. */
#include <arch/percpu.h>

struct cpu_local *cpu_locals[CPUS_MAX];
unsigned cpus_online = 1;
