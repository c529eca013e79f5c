/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device interrupts: each line has a list of actions that only grows; dispatch reads it without a lock. A line that
 * nobody answers for too long is masked, so that a stuck device cannot hold the machine.
 */
#include <murre/irq.h>
#include <murre/log.h>
#include <arch/trap.h>

enum { UNANSWERED_MOST = 100000 };

DEFINE_GUARDED_IRQ(irq_lines, struct { char unused; }, RANK_DEVICE)
static guarded(irq_lines) registering;
static struct irq_action *lines[IRQ_LINES_MAX];
void (*irq_observer)(unsigned line);
static uint32_t unanswered[IRQ_LINES_MAX];

result(unit) irq_register(unsigned line, struct irq_action *a)
{
	RETURNS(unit);

	if (line >= IRQ_LINES_MAX)
		return FAIL(EINVAL);
	{
		hold(irq_lines, r, &registering);
		a->next = lines[line];
		rcu_store(lines[line], a);
	}
	return arch_irq_unmask(line);
}

struct irq_action *irq_actions(unsigned line)
{
	return line < IRQ_LINES_MAX ? rcu_load(lines[line]) : NULL;
}

static bool actions_run(unsigned line)
{
	bool answered = false;

	for (struct irq_action *a = irq_actions(line); a; a = a->next) {
		if (!a->handler(a))
			continue;
		a->count++;
		answered = true;
	}
	return answered;
}

static cold_path void line_unanswered(unsigned line)
{
	if (++unanswered[line] < UNANSWERED_MOST)
		return;
	log_err("irq %u: nobody answers; masked", line);
	arch_irq_mask(line);
}

void irq_dispatch(unsigned line)
{
	struct cpu_local *cpu = arch_cpu_local();

	cpu->irq_depth++;
	if (unlikely(!actions_run(line)))
		line_unanswered(line);
	if (irq_observer)
		irq_observer(line);
	arch_irq_ack(line);
	cpu->irq_depth--;
}
