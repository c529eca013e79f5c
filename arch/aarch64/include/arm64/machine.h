/* SPDX-License-Identifier: GPL-2.0-only */
/* What the device tree says that the machine consists of; filled while the kernel boots, never changed after. */
#pragma once
#include <arch/irq.h>
#include <arch/platform.h>

enum arm64_gic { GIC_NONE, GIC_V2, GIC_V3 };
enum arm64_psci { PSCI_NONE, PSCI_BY_HVC, PSCI_BY_SMC };
#define ARM64_DEVICES_MAX 64

struct arm64_machine {
	enum arm64_gic gic;
	paddr_t gic_distributor, gic_cpu;	/* the latter: version 2's CPU interface, version 3's redistributors */
	uint64_t gic_cpu_bytes;
	unsigned timer_line;			/* of the virtual timer; 0: none */
	uint64_t timer_hz;			/* where firmware left CNTFRQ_EL0 unset; 0: not said */
	enum arm64_psci psci;
	bool console_is_pl011;
	paddr_t console;			/* of stdout-path */
	unsigned device_count;
	struct arm64_device {
		enum platform_kind kind;
		uint32_t clock;			/* phandle of what clocks it, 0: none */
		struct platform_device at;
	} devices[ARM64_DEVICES_MAX];
	uint64_t edge_lines[IRQ_LINES_MAX / 64];	/* the others are level-triggered */
};
extern struct arm64_machine arm64_machine;
