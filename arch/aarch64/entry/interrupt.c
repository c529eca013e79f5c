/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts: from the controller's number to the timer or the line, with interrupts off from end to end. */
#include <arch/trap.h>
#include <arm64/irq.h>
#include <arm64/machine.h>
#include <arm64/time.h>
#include <murre/irq.h>

/* The entry code's. */
void arm64_interrupt(struct trap_frame *f);

void arm64_interrupt(struct trap_frame *f)
{
	int line;

	/* More may wait than the one that brought us here; taking them now saves an entry. */
	while ((line = arm64_irq_take()) >= 0) {
		if ((unsigned)line == arm64_machine.timer_line) {
			/* Level-triggered: quiet until the next deadline is set, which the handler does. */
			arm64_timer_quieten();
			arch_irq_ack((unsigned)line);
			clock_event_handle(f);
		} else {
			irq_dispatch((unsigned)line);
		}
	}
}
