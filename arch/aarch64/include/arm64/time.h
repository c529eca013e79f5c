/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic timer (Arm ARM, D11). */
#pragma once
#include <arch/clock.h>

/* Starts the clock at zero and sets up this CPU's timer. */
void arm64_clock_start(void);
/* The timer's line falls until the next deadline is set. */
void arm64_timer_quieten(void);

/* Finds the battery-backed clock. */
void arm64_rtc_start(void);
