/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU's struct cpu_local. Its copy of the per-CPU variables is the image's own .data.percpu, at offset 0, so that
 * nothing has to be copied before an allocator runs.
 */
#include <arm64/cpu.h>
#include <arm64/registers.h>

/* Named by head.S before there is anybody to fill it. */
struct cpu_local arm64_boot_cpu = {
	.self = &arm64_boot_cpu,
	.preempt = (uint64_t)PREEMPT_NO_SWITCH_WANTED << 32 | 1,
};

start_code void arm64_percpu_start(void)
{
	uint64_t affinity = read_register(mpidr_el1);

	/* Four levels of eight bits, the highest of them apart. */
	arm64_boot_cpu.hw_id = (uint32_t)((affinity & 0xffffff) | (affinity >> 8 & 0xff000000));
	cpu_locals[0] = &arm64_boot_cpu;
}
