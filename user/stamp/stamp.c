/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A first process that tells when it began: it prints the processor's own clock, which under QEMU's instruction
 * counting is the virtual time since power-on in nanoseconds, and powers off. tools/bench.py measures boots with it.
 */
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

static unsigned long clock_read(void)
{
#if defined __x86_64__
	unsigned low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned long)high << 32 | low;
#elif defined __aarch64__
	unsigned long ticks, frequency;
	__asm__ volatile("mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(ticks), "=r"(frequency));
	return ticks * (1000000000 / frequency);
#endif
}

int main(void)
{
	unsigned long now = clock_read();

	dprintf(STDOUT_FILENO, "first instruction at %lu ns\n", now);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
