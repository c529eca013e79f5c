/* SPDX-License-Identifier: GPL-2.0-only */
/* Follows every path of a function, states that agree on their handles together. */
#pragma once
#include "state.h"

struct flow_rules {
	void (*enter)(state &s, function *f);
	/* False: the path ends here. */
	bool (*statement)(state &s, gimple *stmt);
	/* A value that flows into a PHI along an edge. */
	void (*merge)(state &s, gphi *phi, tree argument, location_t where);
};
void follow(function *f, const flow_rules &rules);
