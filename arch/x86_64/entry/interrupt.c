/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts: from the vector to the timer or the line, with interrupts off from end to end. */
#include <arch/percpu.h>
#include <arch/trap.h>
#include <murre/irq.h>
#include <x86/irq.h>
#include <x86/time.h>
#include <x86/vectors.h>

/* The entry code's. */
void x86_interrupt(unsigned vector, struct trap_frame *f);

static PER_CPU(unsigned long, stray_interrupts);

void x86_interrupt(unsigned vector, struct trap_frame *f)
{
	int line;

	if (vector == VECTOR_TIMER) {
		x86_apic_eoi();
		clock_event_handle(f);
		return;
	}
	line = vector == VECTOR_SPURIOUS ? -1 : x86_irq_line(vector);
	if (line < 0) {
		this_cpu(stray_interrupts)++;
		return;
	}
	if (x86_timer_is_line((unsigned)line)) {
		arch_irq_ack((unsigned)line);
		clock_event_handle(f);
		return;
	}
	irq_dispatch((unsigned)line);
}
