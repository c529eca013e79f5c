/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subtracts where a hardware counter stands from a time: ticks of unknown length from nanoseconds.
 * expect: gcc: "incompatible type for argument 2 of 'nsec_sub'"
 * expect: clang: "passing 'ticks_t' to parameter of incompatible type 'nsec_t'"
 */
#include <murre/time.h>

nsec_t left(nsec_t deadline, ticks_t now)
{
	return nsec_sub(deadline, now);
}
