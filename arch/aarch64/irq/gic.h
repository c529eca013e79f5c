/* SPDX-License-Identifier: GPL-2.0-only */
/* The GIC's distributor, which both versions have (GIC Architecture Specification, 12.9). */
#pragma once
#include <arch/io.h>
#include <arm64/irq.h>

enum gic_distributor {
	GICD_CTLR = 0x0, GICD_TYPER = 0x4, GICD_IGROUPR = 0x80, GICD_ISENABLER = 0x100, GICD_ICENABLER = 0x180,
	GICD_ICPENDR = 0x280, GICD_ICACTIVER = 0x380, GICD_IPRIORITYR = 0x400, GICD_ITARGETSR = 0x800, GICD_ICFGR = 0xc00,
	GICD_IROUTER = 0x6000,
};
#define GIC_PRIVATE_LINES 32
#define GIC_PRIORITY 0xa0
#define GIC_PRIORITY_LOWEST 0xf0
#define GIC_SPECIAL 1020			/* from here on no interrupt is meant */

/* Sets the bit of the line in an array of registers of one bit each. */
static inline void gic_bit_write(io_region r, unsigned array, unsigned line)
{
	io_write32(r, array + line / 32 * 4, 1u << line % 32);
}

/* Lines [first, end), a multiple of 32 each: masked, forgotten, of one priority, triggered as the machine says. */
void gic_lines_quieten(io_region r, unsigned first, unsigned end);
/* How many lines the distributor has, of those that we number. */
unsigned gic_line_count(io_region distributor);
/* A window on registers; the boot ends without. */
io_region gic_map(paddr_t at, size_t bytes);
