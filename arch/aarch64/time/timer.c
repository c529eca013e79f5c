/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clock and deadline timer: the virtual counter and timer of the CPU, of which firmware says how fast they run. A deadline
 * is a value of the counter, so none is too far.
 */
#include <arch/irq.h>
#include <arm64/machine.h>
#include <arm64/registers.h>
#include <arm64/time.h>
#include <murre/log.h>
#include <murre/start.h>

#define SANE_LEAST 1000000ull
#define SANE_MOST 4000000000ull

read_only_after_start struct arm64_clock arm64_clock;
static read_only_after_start ticks_per_ns_t speed;
static read_only_after_start uint64_t frequency;

start_code static bool is_sane(uint64_t hz) { return hz >= SANE_LEAST && hz <= SANE_MOST; }

start_code void arm64_clock_start(void)
{
	frequency = arm64_machine.timer_hz ? arm64_machine.timer_hz : read_register(cntfrq_el0);
	if (!is_sane(frequency))
		panic("neither CNTFRQ_EL0 nor the device tree say how fast the timer runs");
	arm64_clock.tick.fixed = ((uint64_t)NSEC_PER_SEC << 32) / frequency;
	speed.fixed = (frequency << 32) / NSEC_PER_SEC;
	arm64_clock.start = arm64_counter_ordered();
	write_register(cntv_ctl_el0, 0);
	if (error_of(arch_irq_unmask(arm64_machine.timer_line)))
		panic("the device tree names no timer of ours");
}

void arch_clock_event_set(nsec_t when)
{
	if (when.ns == NSEC_NEVER.ns) {
		write_register(cntv_ctl_el0, 0);
		return;
	}
	write_register(cntv_cval_el0, ticks_add(arm64_clock.start, ticks_from_nsec(when, speed)).count);
	write_register(cntv_ctl_el0, CNT_CTL_ENABLE);
	instruction_barrier();
}

void arm64_timer_quieten(void)
{
	write_register(cntv_ctl_el0, CNT_CTL_ENABLE | CNT_CTL_MASK);
	instruction_barrier();
}

/* Not at once: the command line, which may want silence, is read later. */
START_TASK(counter_report, needs())
{
	log_info("clock: virtual counter at %lu.%03lu MHz", frequency / 1000000, frequency / 1000 % 1000);
}

const char *arch_clock_name(void) { return "arch_sys_counter"; }
