/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start of the kernel in C: the few things that everything needs, in order; then the first task runs the start tasks
 * (murre/start.h) and becomes the first process.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/process.h>
#include <murre/shadow.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/task.h>
#include <murre/version.h>
#include "core/core.h"

const struct boot_info *boot_info;

static void first_task(void *unused)
{
	start_all();
	arch_kernel_protect();
	first_process_start();
}

void kernel_main(const struct boot_info *boot)
{
	shadow_start();
	boot_info = boot;
	cmdline_parse(boot->cmdline);
	log_levels_from_cmdline();
	log_notice("Murre " KERNEL_VERSION ", started by %s", boot->protocol);
	log_info("command line: %s", boot->cmdline);
	page_start();
	slab_start();
	sched_start();
	expect(kernel_task_start("init", first_task, NULL), "memory for the first task");
	sched_idle();
}
