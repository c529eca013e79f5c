/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of everything: one report of what happened, where and in which process, on every console; then panic= decides:
 * 0 halts, N > 0 restarts after N seconds, N < 0 restarts at once. A VMM that listens gets an exit code first.
 */
#include <arch/cpu.h>
#include <arch/trap.h>
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/time.h>
#include <murre/watch.h>
#include "core.h"

enum { BACKTRACE_MOST = 32, VMM_EXIT_PANIC = 125 };

static bool in_progress;

bool panic_in_progress(void)
{
	return read_once(in_progress);
}

static void print_backtrace(const struct trap_frame *f)
{
	uintptr_t addresses[BACKTRACE_MOST];
	unsigned n = arch_backtrace(f, addresses, BACKTRACE_MOST);

	log_print(LOG_EMERG, "Call trace:");
	for (unsigned i = 0; i < n; i++) {
		/* A return address may lie behind the end of a function whose last call never returns. */
		bool returns = i > 0 || !f;
		size_t offset = 0;
		const char *name = symbol_find(addresses[i] - returns, &offset);

		log_print(LOG_EMERG, "  [<%016lx>] %s+%#lx", addresses[i], name ? name : "?", offset + returns);
	}
}

static void print_task(void)
{
	const struct cpu_local *cpu = arch_cpu_local();
	const struct task *t = cpu->current;

	if (t)
		log_print(LOG_EMERG, "CPU: %u PID: %d Comm: %s%s", cpu->id, t->id.nr, t->name,
			  cpu->irq_depth ? " (in an interrupt)" : "");
	else
		log_print(LOG_EMERG, "CPU: %u, before the first task", cpu->id);
}

static int64_t panic_seconds(void)
{
	const char *word = cmdline_value("panic");

	if (!word)
		return 0;
	return *word == '-' ? -1 : (int64_t)min(string_to_u64(word, NULL, 10), 3600ul);
}

_Noreturn static void panic_end(void)
{
	int64_t seconds = panic_seconds();
	nsec_t until = nsec_add(clock_now(), nsec_from_sec(max(seconds, 0l)));

	arch_vmm_exit(VMM_EXIT_PANIC);
	if (seconds == 0)
		arch_cpu_halt();
	if (seconds > 0)
		log_print(LOG_EMERG, "Restarting in %ld seconds", seconds);
	while (nsec_before(clock_now(), until))
		arch_cpu_relax();
	arch_reset();
	arch_cpu_halt();
}

_Noreturn static void panic_report(const struct trap_frame *f, const char *fmt, va_list args)
{
	char text[200];
	struct text_out out = text_out_to(text, sizeof(text));

	arch_irq_disable();
	if (__atomic_exchange_n(&in_progress, true, __ATOMIC_SEQ_CST)) {
		log_print(LOG_EMERG, "A second panic while reporting the first");
		panic_end();
	}
	log_console_level = LOG_DEBUG + 1;
	text_vprint(&out, fmt, args);
	log_print(LOG_EMERG, "Kernel panic - not syncing: %.*s", (int)out.len, text);
	print_task();
	if (f)
		frame_print(f);
	print_backtrace(f);
	if (current())
		held_locks_print(current());
	log_print(LOG_EMERG, "---[ end Kernel panic - not syncing: %.*s ]---", (int)out.len, text);
	panic_end();
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_report(NULL, fmt, args);
}

void panic_from(const struct trap_frame *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_report(f, fmt, args);
}

void assert_failed(const char *what, const char *file, int line)
{
	panic("assertion failed: %s at %s:%d", what, file, line);
}

void expect_failed(const char *why, int err)
{
	panic("%s where nothing can fail: %s", error_name(err), why);
}

void refcount_saturated(refcount_t *r)
{
	/* Far from both zero and the wrap: the object lives for ever and the count cannot come back into range. */
	refcount_init(r, INT32_MIN / 2);
	stop_or_log("reference count at %p ran out of range; its object will not be freed", (void *)r);
}
