/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store of call chains for the debug kernel's reports: who allocated, who freed. Equal chains are kept once, in a hash
 * table of fixed size; a chain never leaves it. Finding one takes no lock (links are published when complete), adding one
 * takes a raw lock with interrupts off.
 */
#include <arch/trap.h>
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/task.h>
#include <murre/watch.h>

enum { CALLS = 9, TRACES = 12288, CHAINS = 4096, SKIPPED_MOST = 4 };

struct trace {
	uint32_t next;
	uint32_t calls[CALLS];		/* lower halves of addresses in the image; 0: no more */
};
static struct trace traces[TRACES];
static uint32_t chains[CHAINS];
static uint32_t used = 1;		/* number 0 is "none" */
static struct spinlock adding;

static bool is_same(const struct trace *a, const struct trace *b)
{
	for (unsigned i = 0; i < CALLS; i++)
		if (a->calls[i] != b->calls[i])
			return false;
	return true;
}

static uint32_t chain_of(const struct trace *t)
{
	uint32_t h = 0;

	for (unsigned i = 0; i < CALLS; i++)
		h = (h ^ t->calls[i]) * 0x9e3779b1u;
	return h >> 20 & (CHAINS - 1);
}

static trace_nr find(uint32_t first, const struct trace *wanted)
{
	trace_nr t = first;

	while (t && !is_same(&traces[t], wanted))
		t = traces[t].next;
	return t;
}

/* Another CPU may have added the same meanwhile: then it stands there twice. */
static trace_nr add(uint32_t chain, const struct trace *wanted)
{
	trace_nr t = 0;

	spin_lock_raw(&adding);
	if (used < TRACES) {
		t = used++;
		traces[t] = *wanted;
		traces[t].next = chains[chain];
		__atomic_store_n(&chains[chain], t, __ATOMIC_RELEASE);
	}
	spin_unlock_raw(&adding);
	return t;
}

never_inline trace_nr trace_here(unsigned skipped)
{
	uintptr_t calls[CALLS + 1 + SKIPPED_MOST];
	unsigned first = skipped + 1, n;	/* this function's own return address leads to the caller's caller */
	struct trace wanted = {};
	irq_state s = arch_irq_save();

	n = arch_backtrace(NULL, calls, CALLS + first);
	for (unsigned i = first; i < n; i++)
		wanted.calls[i - first] = (uint32_t)calls[i];
	uint32_t chain = chain_of(&wanted);
	trace_nr t = find(__atomic_load_n(&chains[chain], __ATOMIC_ACQUIRE), &wanted);
	if (!t)
		t = add(chain, &wanted);
	arch_irq_restore(s);
	return t;
}

static uintptr_t whole_address(uint32_t low)
{
	return ((uintptr_t)trace_here & ~0xfffffffful) | low;
}

void trace_print(const char *what, int32_t pid, trace_nr t)
{
	if (!t) {
		log_print(LOG_EMERG, "%s by task %d; where from is not known", what, pid);
		return;
	}
	log_print(LOG_EMERG, "%s by task %d:", what, pid);
	for (unsigned i = 0; i < CALLS && traces[t].calls[i]; i++) {
		uintptr_t at = whole_address(traces[t].calls[i]);
		size_t offset = 0;
		const char *name = symbol_find(at - 1, &offset);

		log_print(LOG_EMERG, "  [<%016lx>] %s+%#lx", at, name ? name : "?", offset + 1);
	}
}

void report_open(void)
{
	arch_irq_disable();
	log_console_level = LOG_DEBUG + 1;
}
