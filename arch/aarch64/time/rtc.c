/* SPDX-License-Identifier: GPL-2.0-only */
/* PL031, the battery-backed clock of many machines: one register with the seconds since 1970 (Arm DDI 0224). */
#include <arch/clock.h>
#include <arch/io.h>
#include <arch/platform.h>
#include <arm64/kernel_map.h>
#include <arm64/time.h>

#define REGISTERS_BYTES 0x1000
#define DATA_REGISTER 0x0

static read_only_after_start io_region rtc;		/* base 0: there is none */

start_code void arm64_rtc_start(void)
{
	struct platform_device at;

	if (arch_platform_device(PLATFORM_PL031, 0, &at) && at.bytes >= REGISTERS_BYTES)
		rtc.base = (uintptr_t)arm64_window_map(at.base, REGISTERS_BYTES, PTE_READ | PTE_WRITE | PTE_UNCACHED);
}

int64_t arch_rtc_read(void)
{
	return rtc.base ? io_read32(rtc, DATA_REGISTER) : 0;
}
