/* SPDX-License-Identifier: GPL-2.0-only */
/* PL031, the battery-backed clock of many machines: one register with the seconds since 1970 (Arm DDI 0224). */
#include <arch/clock.h>
#include <arch/platform.h>
#include <murre/mmio.h>

#define REGISTERS_BYTES 0x1000
#define DATA_REGISTER 0x0

int64_t arch_rtc_read(void)
{
	struct platform_device at;

	if (!arch_platform_device(PLATFORM_PL031, 0, &at) || at.bytes < REGISTERS_BYTES)
		return 0;
	attempt(r, err, mmio_map(at.base, REGISTERS_BYTES));
	return err ? 0 : io_read32(r, DATA_REGISTER);
}
