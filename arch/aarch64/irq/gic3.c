/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GIC version 3 (GIC Architecture Specification 3.0): a distributor, one redistributor for each CPU's private lines, and
 * the CPU interface in system registers. All lines go to this CPU.
 */
#include "gic.h"
#include <arch/percpu.h>
#include <arm64/kernel_map.h>
#include <arm64/machine.h>
#include <arm64/registers.h>
#include <murre/log.h>

#define DISTRIBUTOR_BYTES 0x10000
#define PART_BYTES 0x10000			/* a redistributor has two, or four with virtual LPIs; the second is the lines' */
#define CTLR_GROUPS_ARE 0x13			/* both groups, and routing by affinity */
#define CTLR_PENDING (1u << 31)

enum redistributor { GICR_TYPER = 0x8, GICR_WAKER = 0x14 };
#define TYPER_VLPIS (1u << 1)
#define TYPER_LAST (1u << 4)
#define WAKER_SLEEP (1u << 1)
#define WAKER_ASLEEP (1u << 2)
#define POLLS_MOST 1000000

static read_only_after_start io_region distributor, private_lines;

start_code static void writes_wait(void)
{
	for (unsigned i = 0; i < POLLS_MOST && io_read32(distributor, GICD_CTLR) & CTLR_PENDING; i++)
		;
}

/* This CPU's redistributor: the one of its affinity, or the first of the list when none says so. */
start_code static io_region redistributor_find(void)
{
	uint64_t at = arm64_machine.gic_cpu.raw, end = at + arm64_machine.gic_cpu_bytes;
	uint32_t affinity = arch_cpu_local()->hw_id;

	while (end - at >= 2 * PART_BYTES) {
		uintptr_t mark = arm64_windows_mark();
		io_region r = gic_map(paddr(at), 2 * PART_BYTES);
		uint32_t type = io_read32(r, GICR_TYPER);

		if (io_read32(r, GICR_TYPER + 4) == affinity)
			return r;
		arm64_windows_restore(mark);
		if (type & TYPER_LAST)
			break;
		at += (type & TYPER_VLPIS ? 4 : 2) * PART_BYTES;
	}
	panic("GICv3: no redistributor for CPU %#x", affinity);
}

start_code static void redistributor_wake(io_region r)
{
	io_write32(r, GICR_WAKER, io_read32(r, GICR_WAKER) & ~WAKER_SLEEP);
	for (unsigned i = 0; i < POLLS_MOST && io_read32(r, GICR_WAKER) & WAKER_ASLEEP; i++)
		;
}

start_code static void cpu_interface_start(void)
{
	write_register(s3_0_c12_c12_5, read_register(s3_0_c12_c12_5) | 1);	/* ICC_SRE_EL1: system registers */
	instruction_barrier();
	write_register(s3_0_c4_c6_0, GIC_PRIORITY_LOWEST);			/* ICC_PMR_EL1 */
	write_register(s3_0_c12_c12_3, 0);					/* ICC_BPR1_EL1 */
	write_register(s3_0_c12_c12_4, 0);					/* ICC_CTLR_EL1: one write ends an interrupt */
	write_register(s3_0_c12_c12_7, 1);					/* ICC_IGRPEN1_EL1 */
	instruction_barrier();
}

/* All of group 1: group 0 would come as FIQ. */
start_code static void groups_set(io_region r, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end; line += 32)
		io_write32(r, GICD_IGROUPR + line / 8, UINT32_MAX);
}

start_code static unsigned start(void)
{
	uint64_t route;
	unsigned lines;
	io_region r;

	distributor = gic_map(arm64_machine.gic_distributor, DISTRIBUTOR_BYTES);
	lines = gic_line_count(distributor);
	io_write32(distributor, GICD_CTLR, 0);
	writes_wait();
	gic_lines_quieten(distributor, GIC_PRIVATE_LINES, lines);
	groups_set(distributor, GIC_PRIVATE_LINES, lines);
	io_write32(distributor, GICD_CTLR, CTLR_GROUPS_ARE);
	writes_wait();
	route = read_register(mpidr_el1) & 0xff00ffffff;
	for (unsigned line = GIC_PRIVATE_LINES; line < lines; line++) {
		io_write32(distributor, GICD_IROUTER + 8 * line, (uint32_t)route);
		io_write32(distributor, GICD_IROUTER + 8 * line + 4, (uint32_t)(route >> 32));
	}
	r = redistributor_find();
	redistributor_wake(r);
	private_lines = (io_region){ .base = r.base + PART_BYTES };
	gic_lines_quieten(private_lines, 0, GIC_PRIVATE_LINES);
	groups_set(private_lines, 0, GIC_PRIVATE_LINES);
	cpu_interface_start();
	return lines;
}

static io_region frame_of(unsigned line) { return line < GIC_PRIVATE_LINES ? private_lines : distributor; }
static void unmask(unsigned line) { gic_bit_write(frame_of(line), GICD_ISENABLER, line); }
static void mask(unsigned line) { gic_bit_write(frame_of(line), GICD_ICENABLER, line); }

static int take(void)
{
	uint32_t line = (uint32_t)read_register(s3_0_c12_c12_0);	/* ICC_IAR1_EL1 */

	__asm__ volatile("dsb sy" ::: "memory");
	return line < GIC_SPECIAL ? (int)line : -1;
}

static void ack(unsigned line)
{
	write_register(s3_0_c12_c12_1, line);				/* ICC_EOIR1_EL1 */
	instruction_barrier();
}

const struct irq_chip arm64_gic3_chip = {
	.name = "GICv3", .start = start, .unmask = unmask, .mask = mask, .take = take, .ack = ack,
};
