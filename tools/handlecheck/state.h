/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known at one point of one path through a function: who owns, what has been given, what conditions were tested.
 * A point of the function has a set of states; two that agree on all handles become one, which keeps apart exactly the
 * paths that matter.
 */
#pragma once
#include "place.h"
#include <map>

/* What a place may hold; several: one of them. */
enum {
	EMPTY = 1,	/* none */
	OWNS = 2,
	GIVEN = 4,	/* none, because it was given away */
	DROPPED = 8,	/* none, because it was ended */
	UNKNOWN = 16,	/* what others left there */
	DEAD = 32,	/* a variable before its initialiser or after its scope */
};

struct value {
	unsigned bits = UNKNOWN;
	location_t since = UNKNOWN_LOCATION;	/* where it came, or went */
	int unless = -1;			/* the errno that says, when it is not 0, that nothing is there */
	int origin = -1;			/* on its way: the place that it was given from */
	bool operator==(const value &o) const
	{
		return bits == o.bits && since == o.since && unless == o.unless && origin == o.origin;
	}
};

/* A pointer that at() lent. */
struct loan {
	int from;			/* the handle's place */
	bool is_draft;
	const char *ended;		/* by what: NULL while the handle is there */
	location_t ended_at;
	bool operator==(const loan &o) const { return from == o.from && ended == o.ended; }
};

struct fact {
	bool is_constant;		/* otherwise: not 0 */
	HOST_WIDE_INT constant;
	bool operator==(const fact &o) const { return is_constant == o.is_constant && constant == o.constant; }
};

struct state {
	std::map<int, value> held;			/* by place */
	std::map<unsigned, loan> loans;			/* by SSA version */
	std::map<int, fact> facts;			/* by term */
	std::map<int, bool> failed;			/* by place of an errno that was tested: it is not 0 */
	std::map<unsigned, int> loaded;			/* SSA version: the handle or errno whose content it is */
	std::map<unsigned, int> tentative;		/* SSA version: value of a result, only if that errno is 0 */
	std::map<int, int> tentative_places;		/* the same for values in memory */

	value get(int place) const;
	bool same_handles(const state &o) const;
	void merge_facts(const state &o);		/* keeps what is true in both */
	void merge_values(const state &o);		/* for states that differ: either */
	void forget_name(unsigned version);		/* the SSA name gets a new value */
	void forget_place(int place);			/* what is stored there changes */
	void forget_loads();				/* others may have written */
};

/* Takes an edge of a condition: false when the state rules it out. */
bool assume(state &s, tree_code code, tree a, tree b, bool truth);
bool assume_equal(state &s, tree name, HOST_WIDE_INT constant);
bool assume_not(state &s, tree name, HOST_WIDE_INT constant);
/* The constant that the name is known to have. */
bool known_constant(const state &s, tree name, HOST_WIDE_INT *c);
/* 1: the errno is known to be 0, -1: known not to be, 0: not tested. */
int errno_tested_zero(const state &s, int place);
