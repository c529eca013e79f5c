/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of known speed, to measure the TSC against. */
#pragma once
#include <murre/base/types.h>

struct reference {
	const char *name;
	uint64_t hz;
	uint64_t mask;			/* the counter's bits */
	uint64_t (*read)(void);		/* counts upwards */
};
/* Each starts its counter; false: the machine has none. */
bool hpet_reference(struct reference *r);
bool pm_timer_reference(struct reference *r);
bool pit_reference(struct reference *r);
