/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first C code, on the boot CPU with interrupts off: reads the device tree, brings the CPU, the kernel's page tables,
 * the clock and the interrupt controller into their final state, and hands over to kernel_main.
 */
#include <arch/cpu.h>
#include <arch/trap.h>
#include <arm64/cpu.h>
#include <arm64/image.h>
#include <arm64/irq.h>
#include <arm64/machine.h>
#include <arm64/time.h>
#include <murre/log.h>
#include <murre/start.h>
#include "boot.h"

static struct boot_info boot;
read_only_after_start uint64_t arm64_image_offset;

_Noreturn void boot_start(uint64_t device_tree, uint64_t image_offset);

start_code _Noreturn void boot_start(uint64_t device_tree, uint64_t image_offset)
{
	arm64_image_offset = image_offset;
	arm64_percpu_start();
	arm64_features_read();
	boot_from_device_tree(&boot, device_tree);
	boot.kernel_start = virt_to_phys(kernel_start);
	boot.kernel_end = virt_to_phys(kernel_end);
	early_console_start();
	boot_ranges_finish(&boot);

	boot_map_kernel(&boot);
	boot_frames_finish(&boot);
	arm64_cpu_setup();
	arm64_irq_start();
	arm64_clock_start();
	arm64_rtc_start();
	kernel_main(&boot);
}

start_code _Noreturn void boot_stop(const char *why)
{
	log_print(LOG_EMERG, "%s", why);
	arch_cpu_halt();
}
