/* SPDX-License-Identifier: GPL-2.0-only */
/* The contract of arch/irq.h, handed on to the controllers that the machine has. */
#include <murre/log.h>
#include <murre/start.h>
#include <x86/acpi.h>
#include <x86/irq.h>

static read_only_after_start const struct irq_chip *chip = &x86_pic_chip;

start_code void x86_irq_start(void)
{
	bool apic = x86_apic_start();

	if (acpi_madt.found && !acpi_madt.has_8259) {
		if (apic && x86_ioapic_start())
			chip = &x86_ioapic_chip;
		return;
	}
	/* Moved off the exceptions' vectors and masked, whoever serves interrupts. */
	x86_pic_start();
	if (apic && x86_ioapic_start())
		chip = &x86_ioapic_chip;
}

/* Lines could be used all along; drivers that name this task come after the message. */
START_TASK(irq_start, needs())
{
	log_info("interrupts: %s%s", chip->name, x86_apic_in_use ? ", local APIC" : "");
}

result(unit) arch_irq_unmask(unsigned line)
{
	RETURNS(unit);

	return line < IRQ_LINES_MAX ? chip->unmask(line) : FAIL(EINVAL);
}

void arch_irq_mask(unsigned line) { chip->mask(line); }
void arch_irq_ack(unsigned line) { chip->ack(line); }
unsigned arch_irq_from_isa(unsigned isa_irq) { return chip->from_isa(isa_irq); }

/* For the interrupt entry: -1: nobody's. */
int x86_irq_line(unsigned vector) { return chip->line_of(vector); }
