/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that the device tree named. */
#include <arm64/machine.h>

bool arch_platform_device(enum platform_kind kind, unsigned n, struct platform_device *out)
{
	for (unsigned i = 0; i < arm64_machine.device_count; i++)
		if (arm64_machine.devices[i].kind == kind && n-- == 0) {
			*out = arm64_machine.devices[i].at;
			return true;
		}
	return false;
}
