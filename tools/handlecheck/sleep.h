/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the rules about sleeping and locks share: names, what is held at a place, where functions are stored. */
#pragma once
#include "check.h"
#include "summary.h"
#include <map>
#include <set>

/* ---- Names (held.cc) */

bool ends_with(const std::string &s, const char *end);
std::string name_of_type(const_tree type);
/* The guard whose token the type is, or "". */
std::string guard_of_token(const_tree type);
/* Functions that DEFINE_GUARDED makes; how they do it is their own affair. */
bool is_guard_function(const std::string &name);
/* preempt_disable() and its like: known by name. */
bool is_primitive(const std::string &name);
/* How deep a guard is taken, "?" when that is no constant. */
std::string depth_of_call(gcall *call, const std::string &callee);
/* The variable behind &variable, also by way of a pointer to it. */
tree variable_at(tree v);

/* ---- What is held at a place (held.cc) */

struct guard_held {
	std::string name;
	std::string depth;		/* a number, or ? */
	location_t where;
	bool operator==(const guard_held &o) const { return name == o.name && depth == o.depth && where == o.where; }
};

struct state {
	std::map<tree, guard_held> guards;	/* by the variable that holds the token */
	std::set<tree> empty;			/* handles that own nothing: given away */
	int preempt = 0, irqs = 0;		/* how often held off, as far as the function itself does it */
	location_t preempt_where = UNKNOWN_LOCATION, irqs_where = UNKNOWN_LOCATION;
	bool entry = true;			/* what callers hold is held still */
	bool known = false;

	/* Becomes what holds on both ways into a place; true when that changed it. */
	bool meet(const state &o);
	void step(gimple *stmt);
private:
	void call_changes(gcall *call);
	void token_ends(gcall *call);
	void store_changes(gimple *stmt);
	void arguments_change(gcall *call);
	void preempt_change(int by, location_t where);
	void irqs_change(int by, location_t where);
};


/* The states before each block of f, by its index, going round until nothing changes. */
std::vector<state> states_before(function *f);
/* What a call of f changes for its caller, for functions of this compilation. */
void remember_effect(function *f, const std::vector<state> &before);

/* ---- Where functions are stored (stored.cc) */

/* All that a value may be: functions, slots, parameters, as in the summary. */
std::set<std::string> sources_of(tree v);
/* Tells what a statement stores, what a call passes. */
void stores_of(gimple *stmt);
void arguments_of(gcall *call, const std::string &callee);
