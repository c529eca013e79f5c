/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU's deadline timer: sets it up once both speeds are known. apic_hz 0: measure it against
 * the TSC.
 */
#pragma once
#include <murre/base/types.h>

void x86_timer_start(uint64_t tsc_hz, uint64_t apic_hz);
