/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls and returns: arguments that move in, handles behind pointers, what comes back, what is left at the end. */
#include "owned.h"
#include "tree-dfa.h"
#include <set>

/* ---- Arguments and values */

/* What is behind a pointer that goes to a function which may write there is its business now. */
static void hand_out(state &s, gimple *stmt, int p, bool read_only)
{
	tree start = places[p].start;

	if (read_only) {
		if (is_handle_type(places[p].type))
			need(s, stmt, p);
		return;
	}
	for (int h : handles_in(p)) {
		value v = s.get(h);
		v.bits = places[h].root ? OWNS | EMPTY : UNKNOWN;
		v.since = gimple_location(stmt);
		v.unless = -1;
		s.held[h] = v;
	}
	for (auto &[h, v] : s.held)
		if (!places[h].root && places[h].start == start)
			v.bits = UNKNOWN, v.since = gimple_location(stmt), v.unless = -1;
}

static void pass_value(state &s, gimple *stmt, tree argument)
{
	int p = place_of(argument);

	if (p < 0)
		return;
	if (!is_carrier(places[p].root)) {
		report_at(stmt, "handle-copied", "%qs is copied, and two would own: pass it with give()", shown(p));
		return;
	}
	for (int h : handles_in(p)) {
		value v = take(s, stmt, h, MOVE);
		if (v.origin >= 0)
			end_loans(s, v.origin, "give()", gimple_location(stmt));
	}
}

/* The end of a scope: the function of the guard. True when that is what the call is. */
static bool run_guard(state &s, gcall *call, int p)
{
	tree fn = gimple_call_fndecl(call), root = places[p].root;
	tree guard = root && DECL_P(root) ? lookup_attribute("cleanup", DECL_ATTRIBUTES(root)) : NULL_TREE;
	bool is_end = has_role(fn, "end");

	if (!is_end && !(guard && places[p].key == "v" + std::to_string(DECL_UID(root)) &&
			 TREE_VALUE(TREE_VALUE(guard)) == DECL_NAME(fn)))
		return false;
	for (int h : handles_in(p)) {
		end_loans(s, h, "the end of its scope", gimple_location(call));
		value v;
		v.bits = EMPTY;
		s.held[h] = v;
	}
	return true;
}

void pass_arguments(state &s, gcall *call)
{
	tree fntype = gimple_call_fntype(call), types = fntype ? TYPE_ARG_TYPES(fntype) : NULL_TREE;

	for (unsigned i = 0; i < gimple_call_num_args(call); i++) {
		tree a = gimple_call_arg(call, i), type = types ? TREE_VALUE(types) : TREE_TYPE(a);
		types = types ? TREE_CHAIN(types) : types;
		if (owning_type(TREE_TYPE(a))) {
			pass_value(s, call, a);
			continue;
		}
		int p = POINTER_TYPE_P(TREE_TYPE(a)) ? place_behind(a) : -1;
		if (p < 0)
			continue;
		if (i == 0 && gimple_call_fndecl(call) && run_guard(s, call, p))
			continue;
		hand_out(s, call, p, POINTER_TYPE_P(type) && TYPE_READONLY(TREE_TYPE(type)));
	}
}

void receive(state &s, gcall *call)
{
	tree lhs = gimple_call_lhs(call);

	if (!lhs) {
		if (!gimple_call_internal_p(call) && owning_type(gimple_call_return_type(call)))
			report_at(call, "handle-dropped", "a handle is dropped: take it with own()");
		return;
	}
	if (TREE_CODE(lhs) == SSA_NAME)
		return s.forget_name(SSA_NAME_VERSION(lhs));
	int p = place_of(lhs);
	if (p < 0)
		return;
	s.forget_place(p);
	bool uninitialised = gimple_call_internal_p(call, IFN_DEFERRED_INIT);
	put_all(s, call, p, uninitialised ? EMPTY : OWNS | EMPTY);
	if (!is_result_type(TREE_TYPE(lhs)))
		return;
	int e = place_field(p, TYPE_FIELDS(TREE_TYPE(lhs)));
	s.forget_place(e);
	for (int h : handles_in(p))
		if (!uninitialised)
			s.held[h].unless = e;
}

/* ---- Leaving the function */

/* The names of the functions that run at the end of a scope somewhere in this file. */
static const std::set<tree> &scope_ends()
{
	static std::set<tree> names;
	static bool done;
	cgraph_node *n;
	unsigned i;
	tree v;

	if (done)
		return names;
	done = true;
	FOR_EACH_FUNCTION(n)
		if (function *f = DECL_STRUCT_FUNCTION(n->decl))
			FOR_EACH_LOCAL_DECL(f, i, v)
				if (tree a = lookup_attribute("cleanup", DECL_ATTRIBUTES(v)))
					names.insert(TREE_VALUE(TREE_VALUE(a)));
	return names;
}

/* A function that ends a structure with its scope ends each handle in it. */
static void check_end_function(const state &s)
{
	tree parameter = DECL_ARGUMENTS(current_function_decl), name = DECL_NAME(current_function_decl);

	if (!scope_ends().count(name) && !has_role(current_function_decl, "scope_end"))
		return;
	if (!parameter || !POINTER_TYPE_P(TREE_TYPE(parameter)) || !ssa_default_def(cfun, parameter))
		return;
	int p = place_behind(ssa_default_def(cfun, parameter));
	if (p < 0 || is_handle_type(places[p].type))
		return;
	for (int h : handles_in(p)) {
		value v = s.get(h);
		if (v.bits & OWNS || (v.bits & UNKNOWN && v.since == UNKNOWN_LOCATION))
			report(DECL_SOURCE_LOCATION(current_function_decl), NULL_TREE, "handle-unended",
			       "%qE does not end %qs by every path: drop() it", name, shown(h));
	}
}

void leave_function(state &s, greturn *stmt)
{
	tree value_back = gimple_return_retval(stmt);
	int p = value_back && owning_type(TREE_TYPE(value_back)) ? place_of(value_back) : -1;

	if (p >= 0 && manner_of(p, NULL_TREE) == COPY)
		report_at(stmt, "handle-copied", "%qs is copied, and two would own: return give() of it", shown(p));
	for (int h : handles_in(p))
		s.held.erase(h);
	check_end_function(s);
	for (auto &[h, v] : s.held) {
		tree root = places[h].root;
		if (!(v.bits & OWNS) || !root || TREE_STATIC(root) || DECL_EXTERNAL(root))
			continue;
		if (TREE_CODE(root) == PARM_DECL)
			report(DECL_SOURCE_LOCATION(root), block_of_decl(root), "handle-unguarded",
			       "%qs owns when the function returns: take it into an own() with give(), or give it on by every path",
			       shown(h));
		else if (is_carrier(root))
			report(v.since, gimple_block(stmt), "handle-dropped", "a handle is dropped: take it with own()");
		else if (is_result_type(TREE_TYPE(root)))
			report(DECL_SOURCE_LOCATION(root), block_of_decl(root), "handle-dropped",
			       "%qs is dropped: take its value with TRY()", shown(h));
	}
}
