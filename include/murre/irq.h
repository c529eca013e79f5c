/* SPDX-License-Identifier: GPL-2.0-only */
/* Device interrupts. A handler runs with interrupts off and returns whether its device had asked. Lines may be shared. */
#pragma once
#include <arch/irq.h>
#include <murre/lock.h>

struct irq_action {
	bool (*handler)(struct irq_action *a) never_sleeps;
	const char *name;		/* in /proc/interrupts */
	struct irq_action *next;
	uint64_t count;
};
/* Adds the action to its line and unmasks it. EINVAL: no such line. The action stays registered for good. */
result(unit) irq_register(unsigned line, struct irq_action *a);
/* Line counts for /proc/interrupts: NULL past the last or when unused. */
struct irq_action *irq_actions(unsigned line);
/* Called with every device interrupt's line, interrupts off: a source of entropy. One listener. */
extern void (*irq_observer)(unsigned line) never_sleeps;
static inline bool in_interrupt(void) { return arch_cpu_local()->irq_depth != 0; }
