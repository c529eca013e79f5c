/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places: where a handle can be. A variable, a field of one, or something behind a pointer; two expressions that read the
 * same pointers in the same way are the same place. Terms: scalar values in the same sense, for conditions that are tested
 * twice. Both are numbers, valid for the function at hand.
 */
#pragma once
#include "check.h"

struct place {
	std::string key;	/* equal keys: the same place */
	std::string shown;	/* for messages */
	std::string arrow;	/* behind a pointer: the pointer, for messages; empty: not behind one */
	tree type;
	tree root;		/* the variable that it is or lies in; NULL: behind a pointer */
	tree start;		/* the variable or SSA name that the path to it starts from; NULL: a constant */
	int parent;		/* the structure that it is a field of; -1: none */
	std::vector<unsigned> names;	/* versions of the SSA names that the path goes through */
};

extern std::vector<place> places;
void places_clear(function *f);

/* The place that a memory reference names; -1: none that can be followed. */
int place_of(tree reference);
int place_field(int of, tree field);
/* What a pointer (an SSA name or an address) points to. */
int place_behind(tree pointer);
/* The places and terms whose path depends on the SSA name; they are others once it changes. */
const std::vector<int> &places_through(unsigned ssa_version);
const std::vector<int> &terms_with(unsigned ssa_version);
/* True when the path to place i leads through what is stored in place j. */
bool place_leads_through(int i, int j);
bool place_within(int i, int outer);

/* The value of an SSA name as a number that is equal for equal computations. */
int term_of(tree ssa_name);
/* The truth of a <= bound, of a < b and of a == b. */
int term_of_bound(tree a, HOST_WIDE_INT bound);
int term_of_order(tree a, tree b);
int term_of_equality(tree a, tree b);

/* ---- Types */

bool is_handle_type(const_tree type);
/* A handle, or a structure, union or array that has handles in it. */
bool owning_type(tree type);
/* struct T_result. */
bool is_result_type(const_tree type);
bool field_is(const_tree field, const char *name);
/* The handles that lie in a place of an owning type, not counting those in arrays and unions. */
std::vector<int> handles_in(int place);

/* ---- Variables */

/* The compiler's own: they hold a value on its way from one expression to the next. */
bool is_temporary(const_tree variable);
/* The same, or a variable of a macro that moves values. */
bool is_carrier(const_tree variable);
bool has_guard(const_tree variable);
