/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt controllers: IOAPICs with local APICs where ACPI describes them, else the two 8259s.
 * Both serve lines as arch/irq.h numbers them.
 */
#pragma once
#include <arch/irq.h>
#include <arch/trap.h>

struct irq_chip {
	const char *name;
	result(unit) (*unmask)(unsigned line);
	void (*mask)(unsigned line);
	void (*ack)(unsigned line);
	unsigned (*from_isa)(unsigned isa_irq);
	/* The line that a vector was given to; -1: none. */
	int (*line_of)(unsigned vector);
};
extern const struct irq_chip x86_ioapic_chip, x86_pic_chip;

/* Masks everything; picks the controllers. */
void x86_irq_start(void);

/* IOAPIC. False: ACPI names none that answers. */
bool x86_ioapic_start(void);
void x86_pic_start(void);

/* The local APIC of this CPU; false: there is none. */
bool x86_apic_start(void);
extern bool x86_apic_in_use;
void x86_apic_eoi(void);
void x86_apic_timer_setup(bool deadline_mode);
void x86_apic_timer_set(uint32_t ticks);
uint32_t x86_apic_timer_left(void);

/* The line that interrupts by this vector; -1: nobody's. */
int x86_irq_line(unsigned vector);
