/* SPDX-License-Identifier: GPL-2.0-only */
/* GIC version 2 (GIC Architecture Specification 2.0): distributor and CPU interface in memory, all lines to this CPU. */
#include "gic.h"
#include <arm64/machine.h>

enum cpu_interface { GICC_CTLR = 0x0, GICC_PMR = 0x4, GICC_BPR = 0x8, GICC_IAR = 0xc, GICC_EOIR = 0x10 };
#define CPU_INTERFACE_BYTES 0x1000
#define DISTRIBUTOR_BYTES 0x1000
#define LINE_MASK 0x3ff

static read_only_after_start io_region distributor, cpu_interface;

/* The distributor's name for this CPU: what its private lines say of their target. */
start_code static uint32_t own_target(void)
{
	for (unsigned line = 0; line < GIC_PRIVATE_LINES; line += 4) {
		uint32_t targets = io_read32(distributor, GICD_ITARGETSR + line);

		targets |= targets >> 16;
		targets |= targets >> 8;
		if (targets & 0xff)
			return targets & 0xff;
	}
	return 1;
}

start_code static unsigned start(void)
{
	uint32_t target;
	unsigned lines;

	distributor = gic_map(arm64_machine.gic_distributor, DISTRIBUTOR_BYTES);
	cpu_interface = gic_map(arm64_machine.gic_cpu, CPU_INTERFACE_BYTES);
	lines = gic_line_count(distributor);
	target = own_target() * 0x01010101u;
	io_write32(distributor, GICD_CTLR, 0);
	gic_lines_quieten(distributor, 0, lines);
	for (unsigned line = GIC_PRIVATE_LINES; line < lines; line += 4)
		io_write32(distributor, GICD_ITARGETSR + line, target);
	io_write32(distributor, GICD_CTLR, 1);
	io_write32(cpu_interface, GICC_PMR, GIC_PRIORITY_LOWEST);
	io_write32(cpu_interface, GICC_BPR, 0);
	io_write32(cpu_interface, GICC_CTLR, 1);
	return lines;
}

static void unmask(unsigned line) { gic_bit_write(distributor, GICD_ISENABLER, line); }
static void mask(unsigned line) { gic_bit_write(distributor, GICD_ICENABLER, line); }

static int take(void)
{
	uint32_t line = io_read32(cpu_interface, GICC_IAR) & LINE_MASK;

	return line < GIC_SPECIAL ? (int)line : -1;
}

static void ack(unsigned line) { io_write32(cpu_interface, GICC_EOIR, line); }

const struct irq_chip arm64_gic2_chip = {
	.name = "GICv2", .start = start, .unmask = unmask, .mask = mask, .take = take, .ack = ack,
};
