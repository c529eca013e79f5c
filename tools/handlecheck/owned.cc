/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership: handles have one owner, who gives them on or ends them. Registers the rules with the walk over all paths
 * (flow.cc); what each statement does is in assign.cc, calls.cc, moves.cc and uses.cc.
 */
#include "owned.h"

static void enter(state &s, function *f)
{
	for (tree a = DECL_ARGUMENTS(f->decl); a; a = DECL_CHAIN(a)) {
		if (!owning_type(TREE_TYPE(a)))
			continue;
		for (int h : handles_in(place_of(a))) {
			value v;
			v.bits = OWNS | EMPTY;
			s.held[h] = v;
		}
	}
}

static bool statement(state &s, gimple *stmt)
{
	check_uses(s, stmt);
	if (gassign *a = dyn_cast<gassign *>(stmt)) {
		if (TREE_CODE(gimple_assign_lhs(a)) == SSA_NAME)
			compute(s, a);
		else
			store(s, a);
	} else if (gcall *c = dyn_cast<gcall *>(stmt)) {
		pass_arguments(s, c);
		receive(s, c);
		return !gimple_call_noreturn_p(c);
	} else if (greturn *r = dyn_cast<greturn *>(stmt)) {
		leave_function(s, r);
	}
	return true;
}

static void merge(state &s, gphi *phi, tree argument, location_t where)
{
	if (TREE_CODE(argument) == SSA_NAME)
		check_tentative(s, where, gimple_block(phi), argument);
}

/* A local variable that may own must have a guard, whatever happens to it. */
static void check_declarations(function *f)
{
	unsigned i;
	tree v;

	FOR_EACH_LOCAL_DECL(f, i, v)
		if (VAR_P(v) && !TREE_STATIC(v) && !DECL_EXTERNAL(v) && owning_type(TREE_TYPE(v)) && !is_carrier(v) &&
		    !has_guard(v) && !is_result_type(TREE_TYPE(v)))
			report(DECL_SOURCE_LOCATION(v), block_of_decl(v), "handle-unguarded",
			       "%qD may own and has no guard: declare it with own()", v);
}

static unsigned check_function(function *f)
{
	static const flow_rules rules = { enter, statement, merge };

	places_clear(f);
	check_declarations(f);
	follow(f, rules);
	return 0;
}

static void owned_register(const char *plugin_name)
{
	each_function_in_ssa(plugin_name, "handlecheck-owned", check_function);
}
FAMILY(owned_register)
