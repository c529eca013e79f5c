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
	uint64_t clock_hz;		/* that its registers count by; 0: not said */
};
enum platform_kind {
	PLATFORM_VIRTIO_MMIO,		/* virtio with memory-mapped registers */
	PLATFORM_PL011,			/* Arm's UART */
	PLATFORM_PL031,			/* Arm's battery-backed clock */
};
/* The n-th device of a kind. False: there are no more. */
bool arch_platform_device(enum platform_kind kind, unsigned n, struct platform_device *out);
