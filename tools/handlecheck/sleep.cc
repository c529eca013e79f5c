/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function does about sleeping and locks, written down for join.py, which sees the whole kernel: which guards it
 * takes, whom it calls and what it holds there, and where functions are stored. One line each, fields between tabs:
 *
 *	guard	NAME	spin|irq|mutex	RANK			DEFINE_GUARDED*(NAME, …, RANK)
 *	fn	FN	ROLES	TOKENS	NAME			ROLES: sleeps, atomic; TOKENS: guards that its callers hold
 *	call	FN	TARGET	PLACE	ENTRY	EXCUSED	HOLDS	ENTRY 0: what the callers held may be released by now
 *	flow	FROM	TO					a function (or what is stored in FROM) is stored in TO
 *	slot	TO	ROLES					what is stored there is called in that context
 *
 * A TARGET, FROM or TO is f:FUNCTION, o:STRUCT.FIELD, p:FUNCTION#PARAMETER, v:VARIABLE, or g:GUARD+DEPTH for the taking of
 * a guard. What is held is what is held on every path to a place.
 */
#include "sleep.h"

/* What the type and the attributes of a function say; of one that is defined elsewhere, too. */
static void tell_function(tree fn)
{
	static std::set<tree> told;
	std::string roles, tokens;

	if (!told.insert(fn).second)
		return;
	if (has_role(fn, "sleeps"))
		roles += "sleeps ";
	if (has_role(fn, "atomic"))
		roles += "atomic ";
	for (tree p = TYPE_ARG_TYPES(TREE_TYPE(fn)); p; p = TREE_CHAIN(p)) {
		std::string guard = guard_of_token(TREE_VALUE(p));
		if (name_of_type(TREE_VALUE(p)) == "can_sleep")
			roles += "sleeps ";
		if (!guard.empty())
			tokens += guard + " ";
	}
	fprintf(summary, "fn\t%s\t%s\t%s\t%s\n", id_of(fn).c_str(), roles.c_str(), tokens.c_str(),
		place_of(DECL_SOURCE_LOCATION(fn)).c_str());
}

static std::string holds_text(const state &s)
{
	std::string text;

	for (const auto &g : s.guards)
		text += "g:" + g.second.name + "+" + g.second.depth + "=" + place_of(g.second.where) + " ";
	if (s.preempt > 0)
		text += "preempt=" + place_of(s.preempt_where) + " ";
	if (s.irqs > 0)
		text += "irqs=" + place_of(s.irqs_where) + " ";
	return text;
}

static void tell_call(gcall *call, const std::string &target, const state &s)
{
	fprintf(summary, "call\t%s\t%s\t%s\t%d\t%d\t%s\n", id_of(current_function_decl).c_str(), target.c_str(),
		place_of(gimple_location(call)).c_str(), s.entry, excused(gimple_block(call)), holds_text(s).c_str());
}

static void look_at_call(gcall *call, const state &s)
{
	tree fn = gimple_call_fndecl(call), to = gimple_call_lhs(call);

	if (gimple_call_internal_p(call))
		return;
	if (!fn) {
		for (const std::string &target : sources_of(gimple_call_fn(call)))
			tell_call(call, target, s);
		return;
	}
	if (fndecl_built_in_p(fn) || is_primitive(text_of(DECL_NAME(fn))))
		return;
	std::string name = text_of(DECL_NAME(fn)), guard = to ? guard_of_token(TREE_TYPE(to)) : "";
	if (!guard.empty() && is_guard_function(name)) {
		tell_call(call, "g:" + guard + "+" + depth_of_call(call, name), s);
		return;
	}
	if (is_guard_function(name))
		return;
	if (ends_with(name, "_end_") && gimple_call_num_args(call) == 1 &&
	    s.empty.count(variable_at(gimple_call_arg(call, 0))))
		return;
	tell_function(fn);
	tell_call(call, "f:" + id_of(fn), s);
	arguments_of(call, id_of(fn));
}

static void tell_block(basic_block bb, state s)
{
	for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i)) {
		gimple *stmt = gsi_stmt(i);

		stores_of(stmt);
		if (gcall *call = dyn_cast<gcall *>(stmt))
			look_at_call(call, s);
		s.step(stmt);
	}
}

/* The rank that a guard's lock function acquires: the constant in lock_rank_acquire(lock, RANK + depth, name). */
static bool constant_in(tree v, long *value)
{
	if (TREE_CODE(v) == INTEGER_CST) {
		*value = (long)TREE_INT_CST_LOW(v);
		return true;
	}
	if (TREE_CODE(v) != SSA_NAME || !is_gimple_assign(SSA_NAME_DEF_STMT(v)))
		return false;
	gimple *def = SSA_NAME_DEF_STMT(v);
	for (unsigned i = 1; i < gimple_num_ops(def); i++)
		if (gimple_op(def, i) && constant_in(gimple_op(def, i), value))
			return true;
	return false;
}

static void tell_guard(function *f, const std::string &guard)
{
	const char *kind = "spin";
	long rank = -1;
	basic_block bb;

	FOR_EACH_BB_FN(bb, f)
		for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i)) {
			tree fn = is_gimple_call(gsi_stmt(i)) ? gimple_call_fndecl(gsi_stmt(i)) : NULL_TREE;
			std::string name = fn ? text_of(DECL_NAME(fn)) : "";
			if (name == "arch_irq_save")
				kind = "irq";
			if (name == "mutex_lock_raw")
				kind = "mutex";
			if (name == "lock_rank_acquire")
				constant_in(gimple_call_arg(gsi_stmt(i), 1), &rank);
		}
	if (rank >= 0)
		fprintf(summary, "guard\t%s\t%s\t%ld\n", guard.c_str(), kind, rank);
}

static unsigned look_at_function(function *f)
{
	std::string name = text_of(DECL_NAME(f->decl));

	if (!summary)
		return 0;
	if (is_guard_function(name)) {
		std::string guard = guard_of_token(TREE_TYPE(TREE_TYPE(f->decl)));
		if (!guard.empty())
			tell_guard(f, guard);
		return 0;
	}
	tell_function(f->decl);
	std::vector<state> before = states_before(f);
	remember_effect(f, before);
	basic_block bb;
	FOR_EACH_BB_FN(bb, f)
		if (before[bb->index].known)
			tell_block(bb, before[bb->index]);
	return 0;
}

static void register_sleep(const char *name)
{
	if (plugin_argument("sum"))
		each_function_in_ssa(name, "handlecheck-sleep", look_at_function);
}
FAMILY(register_sleep)
