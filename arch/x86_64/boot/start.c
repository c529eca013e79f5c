/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first C code, on the boot CPU with interrupts off: reads what the loader says, brings the
 * CPU, the kernel's page tables, the clock and the interrupt controllers into their final state,
 * and hands over to kernel_main.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <murre/log.h>
#include <murre/start.h>
#include <x86/acpi.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/image.h>
#include <x86/irq.h>
#include <x86/power.h>
#include <x86/time.h>
#include "boot.h"

#define MULTIBOOT2_LOADED 0x36d76289
#define PVH_LOADED 0
/* Page 0 and the real-mode memory below 64 KiB: firmware's own tables, and where other CPUs will start. */
#define REAL_MODE_BYTES 0x10000

static struct boot_info boot;

_Noreturn void boot_start(uint32_t loader, uint64_t information);

start_code _Noreturn void boot_start(uint32_t loader, uint64_t information)
{
	x86_percpu_start();
	early_console_start();
	x86_features_read();
	if (loader == MULTIBOOT2_LOADED)
		boot_from_multiboot2(&boot, information);
	else if (loader == PVH_LOADED)
		boot_from_pvh(&boot, information);
	else
		boot_stop("started by a loader that speaks neither PVH nor multiboot2");
	boot.kernel_start = virt_to_phys(kernel_start);
	boot.kernel_end = virt_to_phys(kernel_end);
	boot_range_add(&boot, 0, REAL_MODE_BYTES, MEMORY_RESERVED);
	boot_ranges_finish(&boot);

	x86_smap_patch();
	x86_fpu_start();
	x86_cpu_setup();
	boot_map_kernel(&boot);
	boot_frames_finish(&boot);
	x86_acpi_start(&boot);
	x86_power_start();
	x86_irq_start();
	x86_clock_start();
	kernel_main(&boot);
}

start_code const void *boot_bytes(uint64_t physical, uint64_t bytes)
{
	if (physical == 0 || physical >= LOW_MEMORY_END || bytes > LOW_MEMORY_END - physical)
		return NULL;
	return (const void *)physical;
}

start_code _Noreturn void boot_stop(const char *why)
{
	log_print(LOG_EMERG, "%s", why);
	arch_cpu_halt();
}

start_code void boot_cmdline_set(struct boot_info *info, const char *text, uint64_t bytes_most)
{
	size_t n = 0;

	while (n < bytes_most && n < BOOT_CMDLINE_MAX - 1 && text[n]) {
		info->cmdline[n] = text[n];
		n++;
	}
	info->cmdline[n] = '\0';
}
