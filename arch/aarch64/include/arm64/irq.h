/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt controllers: GIC version 2 or 3. A line is the GIC's own interrupt number (16..31: this CPU's; 32 and up). */
#pragma once
#include <arch/irq.h>

struct irq_chip {
	const char *name;
	/* Lines that exist. */
	unsigned (*start)(void);
	void (*unmask)(unsigned line);
	void (*mask)(unsigned line);
	/* The most urgent line that waits, which waits no longer until it is acknowledged; -1: none. */
	int (*take)(void);
	void (*ack)(unsigned line);
};
extern const struct irq_chip arm64_gic2_chip, arm64_gic3_chip;

/* Masks everything. */
void arm64_irq_start(void);
int arm64_irq_take(void);
