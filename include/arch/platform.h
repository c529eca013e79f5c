/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: devices that sit at fixed places and that only the firmware's description of the
 * machine tells of (the ACPI name space, a device tree). Filled while the kernel boots; what stands
 * there is checked by the drivers.
 */
#pragma once
#include <murre/base/types.h>

struct platform_device {
	paddr_t base;
	uint64_t bytes;
	unsigned line;			/* as in arch/irq.h */
};
/* The n-th virtio device with memory-mapped registers. False: there are no more. */
bool arch_virtio_mmio(unsigned n, struct platform_device *out);
