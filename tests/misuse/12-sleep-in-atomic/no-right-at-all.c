/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sleeps in a function that was not given the right to, such as the handler of an interrupt.
 * expect: gcc: "'cs' undeclared"
 * expect: clang: "use of undeclared identifier 'cs'"
 */
#include <murre/time.h>
#include <murre/wait.h>

void on_interrupt(void *device)
{
	(void)error_of(sleep_until(clock_now(), cs));
}
