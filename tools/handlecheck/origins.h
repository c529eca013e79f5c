/* SPDX-License-Identifier: GPL-2.0-only */
/* Which values of a function come from a program or from its parameters, and which of them have been compared. */
#pragma once
#include "check.h"
#include <map>
#include <set>

/* Where a value comes from: parameters by number, or the program itself. */
typedef std::set<int> origins;
enum { FROM_PROGRAM = -1 };
enum side { AT_MOST, AT_LEAST };

class values {
public:
	explicit values(function *fn) : f(fn) {}
	void find();
	/* NULL: from neither. */
	const origins *origins_of(tree v) const;
	/* Has a comparison on every way to the statement said how large v is at most, or at least? */
	bool is_checked(tree v, gimple *stmt, enum side side = AT_MOST) const;

	function *f;
private:
	bool add(tree v, const origins &from);
	bool flow(gimple *stmt);
	bool flow_together(gphi *phi);
	void filled_by(gcall *call);

	std::map<tree, origins> names;			/* SSA names */
	std::map<tree, origins> memory;			/* variables, and pointers to memory, that hold such values */
};

bool is_size(const_tree type);
/* The same value, behind conversions, or loaded from the same place. */
bool is_same(tree a, tree b);
