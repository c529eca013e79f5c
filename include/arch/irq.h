/* SPDX-License-Identifier: GPL-2.0-only */
/* Contract: the interrupt controller, as lines with small numbers. */
#pragma once
#include <murre/base/result.h>

#define IRQ_LINES_MAX 256
/* Lets the line through, or not. A line is masked until a handler is registered (murre/irq.h). EINVAL: no such line. */
result(unit) arch_irq_unmask(unsigned line);
void arch_irq_mask(unsigned line);
/* The line that a legacy ISA interrupt number arrives at (x86: IOAPIC overrides; others: the number itself). */
unsigned arch_irq_from_isa(unsigned isa_irq);
/* Says that the line's interrupt has been taken (end of interrupt). */
void arch_irq_ack(unsigned line);
