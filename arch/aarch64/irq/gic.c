/* SPDX-License-Identifier: GPL-2.0-only */
/* The contract of arch/irq.h, handed on to the controller that the machine has, and what both kinds share. */
#include "gic.h"
#include <arm64/kernel_map.h>
#include <arm64/machine.h>
#include <murre/log.h>
#include <murre/start.h>

static read_only_after_start const struct irq_chip *chip;
static read_only_after_start unsigned line_count;

start_code void arm64_irq_start(void)
{
	if (arm64_machine.gic == GIC_NONE)
		panic("the device tree names no interrupt controller of a kind that is known");
	chip = arm64_machine.gic == GIC_V3 ? &arm64_gic3_chip : &arm64_gic2_chip;
	line_count = chip->start();
}

/* Lines could be used all along; drivers that name this task come after the message. */
START_TASK(irq_start, needs())
{
	log_info("interrupts: %s, %u lines", chip->name, line_count);
}

result(unit) arch_irq_unmask(unsigned line)
{
	RETURNS(unit);

	if (line >= line_count)
		return FAIL(EINVAL);
	chip->unmask(line);
	return DONE;
}

void arch_irq_mask(unsigned line) { chip->mask(line); }
void arch_irq_ack(unsigned line) { chip->ack(line); }
unsigned arch_irq_from_isa(unsigned isa_irq) { return isa_irq; }
int arm64_irq_take(void) { return chip->take(); }

start_code io_region gic_map(paddr_t at, size_t bytes)
{
	void *window = arm64_window_map(at, bytes, PTE_READ | PTE_WRITE | PTE_UNCACHED);

	if (!window)
		panic("no room for the interrupt controller's registers");
	return (io_region){ .base = (uintptr_t)window };
}

start_code unsigned gic_line_count(io_region distributor)
{
	unsigned n = 32 * ((io_read32(distributor, GICD_TYPER) & 31) + 1);

	return min(n, (unsigned)IRQ_LINES_MAX);
}

start_code void gic_lines_quieten(io_region r, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end; line += 32) {
		io_write32(r, GICD_ICENABLER + line / 8, UINT32_MAX);
		io_write32(r, GICD_ICPENDR + line / 8, UINT32_MAX);
		io_write32(r, GICD_ICACTIVER + line / 8, UINT32_MAX);
	}
	for (unsigned line = first; line < end; line += 4)
		io_write32(r, GICD_IPRIORITYR + line, GIC_PRIORITY * 0x01010101u);
	/* Two bits each; the upper one says edge. The private ones' are fixed, mostly. */
	for (unsigned line = max(first, (unsigned)GIC_PRIVATE_LINES); line < end; line += 16) {
		uint32_t bits = 0;

		for (unsigned i = 0; i < 16; i++)
			if (arm64_machine.edge_lines[(line + i) / 64] >> (line + i) % 64 & 1)
				bits |= 2u << 2 * i;
		io_write32(r, GICD_ICFGR + line / 4, bits);
	}
}
