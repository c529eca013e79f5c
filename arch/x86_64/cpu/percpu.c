/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU's struct cpu_local. Its copy of the per-CPU variables is the image's own
 * .data.percpu, at offset 0, so that nothing has to be copied before an allocator runs.
 */
#include <arch/percpu.h>
#include <murre/base/types.h>
#include <x86/cpu.h>
#include <x86/registers.h>
#include <x86/stacks.h>

static struct cpu_local boot_cpu;

start_code void x86_percpu_start(void)
{
	boot_cpu = (struct cpu_local){
		.self = &boot_cpu,
		.preempt = PREEMPT_NO_SWITCH_WANTED | 1,
		.hw_id = cpuid(1, 0).b >> 24,
	};
	cpu_locals[0] = &boot_cpu;
	x86_descriptors_load(&boot_cpu);
	x86_stack_top_set((uintptr_t)boot_stack_top);
}
