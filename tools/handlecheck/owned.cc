/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership: a handle has one owner at a time. This file says what each statement does to the handles of a state and
 * reports what breaks a rule; the walk over all paths is in flow.cc. The macros of the handle core are seen as they expand;
 * their variables carry roles: "give" and "drop" take a handle out of where it is, "carrier" passes a value on.
 */
#include "flow.h"
#include <cstring>

static const char *shown(int p) { return places[p].shown.c_str(); }

/* The name of a macro's variable tells the user nothing. */
static const char *shown_value(int p) { return is_carrier(places[p].root) ? "the handle" : shown(p); }

static bool is_draft(int p)
{
	tree name = TYPE_NAME(places[p].type);
	const char *s = name ? IDENTIFIER_POINTER(TREE_CODE(name) == TYPE_DECL ? DECL_NAME(name) : name) : "";
	size_t n = strlen(s);

	return n > 6 && strcmp(s + n - 6, "_draft") == 0;
}

/* ---- Loans: pointers from at() */

static void end_loans(state &s, int from, const char *by, location_t where)
{
	for (auto &[version, l] : s.loans)
		if (l.from == from && !l.ended)
			l.ended = by, l.ended_at = where;
}

/* ---- Reading a handle */

/* Reports when the handle in p is not there for certain; what is wrong with it is said once. */
static void need(state &s, gimple *stmt, int p)
{
	value v = s.get(p);

	if (v.bits & GIVEN)
		report_at(stmt, "handle-moved", "%qs used after give(): move it once, or take a second reference", shown_value(p));
	else if (v.bits & DROPPED)
		report_at(stmt, "handle-moved", "%qs used after drop(): it is gone", shown_value(p));
	else if (v.unless >= 0 && errno_tested_zero(s, v.unless) != 1)
		report_at(stmt, "result-unchecked", "%qs used before its errno was tested: handle the error first",
			  shown_value(p));
	else
		return;
	v.bits = EMPTY;
	v.unless = -1;
	s.held[p] = v;
}

/* ---- Moves */

/* MOVE_RESULT: a result as a whole, with its errno; it has no give(). */
enum manner { MOVE, GIVE, DROP, MOVE_RESULT, COPY };

static manner manner_of(int from, const_tree to_root)
{
	tree root = places[from].root;

	if (has_role(to_root, "give"))
		return GIVE;
	if (has_role(to_root, "drop"))
		return DROP;
	if (is_carrier(root))
		return MOVE;
	return root && is_result_type(TREE_TYPE(root)) ? MOVE_RESULT : COPY;
}

static value take(state &s, gimple *stmt, int p, manner how)
{
	value v = s.get(p);
	location_t here = gimple_location(stmt);

	if (how == GIVE || (how == MOVE_RESULT && v.bits & GIVEN))
		need(s, stmt, p);
	v = s.get(p);
	if (how == COPY) {
		v.bits = UNKNOWN;
		return v;
	}
	if (v.bits & UNKNOWN)
		v.bits = (v.bits & ~(unsigned)UNKNOWN) | OWNS | EMPTY;
	v.bits &= ~(unsigned)(GIVEN | DROPPED | DEAD);
	if (how == GIVE || how == DROP)
		v.origin = p;
	if (how == DROP)
		end_loans(s, p, "drop()", here);
	value left;
	left.bits = how == GIVE || how == MOVE_RESULT ? GIVEN : how == DROP ? DROPPED : DEAD;
	left.since = here;
	s.held[p] = left;
	return v;
}

/* *put_p_ = …: the field is said to own nothing, and debug kernels prove it. */
static bool is_put_in(gimple *stmt)
{
	tree lhs = gimple_get_lhs(stmt);
	tree pointer = lhs && TREE_CODE(lhs) == MEM_REF ? TREE_OPERAND(lhs, 0) : NULL_TREE;

	return pointer && TREE_CODE(pointer) == SSA_NAME && SSA_NAME_VAR(pointer) && has_role(SSA_NAME_VAR(pointer), "put");
}

static void put(state &s, gimple *stmt, int p, value v)
{
	value old = s.get(p);
	bool passing = is_carrier(places[p].root);

	if (old.bits & OWNS && passing)
		report(old.since, gimple_block(stmt), "handle-dropped", "a handle is dropped: take it with own()");
	else if (old.bits & OWNS)
		report_at(stmt, "handle-overwritten", "%qs is overwritten while it owns: drop() it first", shown(p));
	else if (old.bits & UNKNOWN && v.bits & OWNS && !is_put_in(stmt))
		report_at(stmt, "handle-overwritten", "%qs may own already: drop() it first, or put_in() what owns nothing yet", shown(p));
	s.forget_place(p);
	if (!passing)
		v.origin = -1;
	if (v.bits & OWNS)
		v.since = gimple_location(stmt);
	s.held[p] = v;
}

/* The errno of a result goes with it. */
static void move_errno(state &s, int from, int to)
{
	int e_from = place_field(from, TYPE_FIELDS(places[from].type)), e_to = place_field(to, TYPE_FIELDS(places[to].type));

	s.forget_place(e_to);
	if (auto it = s.failed.find(e_from); it != s.failed.end())
		s.failed[e_to] = it->second;
	for (int h : handles_in(to))
		if (auto it = s.held.find(h); it != s.held.end() && it->second.unless == e_from)
			it->second.unless = e_to;
}

static void move(state &s, gimple *stmt, tree lhs, tree rhs)
{
	int to = place_of(lhs), from = place_of(rhs);

	if (to < 0 || from < 0)
		return;
	manner how = manner_of(from, places[to].root);
	if (how == COPY)
		report_at(stmt, "handle-copied", "%qs is copied, and two would own: move it with give()", shown(from));
	std::vector<int> sources = handles_in(from), targets = handles_in(to);
	for (size_t i = 0; i < sources.size() && i < targets.size(); i++)
		put(s, stmt, targets[i], take(s, stmt, sources[i], how));
	if (is_result_type(TREE_TYPE(lhs)) && is_result_type(TREE_TYPE(rhs)))
		move_errno(s, from, to);
}

static void put_all(state &s, gimple *stmt, int p, unsigned bits)
{
	for (int h : handles_in(p)) {
		value v;
		v.bits = bits;
		v.since = gimple_location(stmt);
		put(s, stmt, h, v);
	}
}

/* ---- Assignments */

static bool only_tested_for_none(tree name)
{
	imm_use_iterator i;
	use_operand_p use;

	FOR_EACH_IMM_USE_FAST(use, i, name) {
		gimple *u = USE_STMT(use);
		if (is_gimple_debug(u))
			continue;
		bool compares = gimple_code(u) == GIMPLE_COND ||
				(is_gimple_assign(u) && TREE_CODE_CLASS(gimple_assign_rhs_code(u)) == tcc_comparison);
		if (!compares)
			return false;
	}
	return !has_zero_uses(name);
}

/* name = h.hnd_p_ or another member of a handle. */
static void read_handle(state &s, gimple *stmt, tree name, int h, bool is_pointer)
{
	value v = s.get(h);
	bool passing = is_carrier(places[h].root);

	if (has_role(places[h].root, "opened")) {
		v.bits = DEAD;			/* its owner is a raw pointer from here on */
		s.held[h] = v;
		return;
	}
	if (is_pointer && only_tested_for_none(name)) {
		s.loaded[SSA_NAME_VERSION(name)] = h;
		return;
	}
	if (!passing) {
		need(s, stmt, h);
		if (is_pointer)
			s.loaded[SSA_NAME_VERSION(name)] = h;
		s.loans[SSA_NAME_VERSION(name)] = { h, is_draft(h), NULL, UNKNOWN_LOCATION };
		return;
	}
	if (v.bits & OWNS)
		report_at(stmt, "handle-dropped", "a handle is dropped: take it with own() before it is borrowed");
	v.bits = DEAD;
	s.held[h] = v;
}

static void read_result(state &s, tree name, tree reference)
{
	int p = place_of(reference);
	unsigned version = SSA_NAME_VERSION(name);

	if (p < 0)
		return;
	if (field_is(TREE_OPERAND(reference, 1), "res_err_")) {
		s.loaded[version] = p;
		if (errno_tested_zero(s, p) > 0)
			s.facts[term_of(name)] = { true, 0 };
		else if (errno_tested_zero(s, p) < 0)
			s.facts[term_of(name)] = { false, 0 };
	} else if (SSA_NAME_VAR(name) && has_role(SSA_NAME_VAR(name), "attempted")) {
		s.tentative[version] = place_field(places[p].parent, TYPE_FIELDS(places[places[p].parent].type));
	}
}

static tree base_name(tree address)
{
	tree base = get_base_address(TREE_OPERAND(address, 0));

	return base && TREE_CODE(base) == MEM_REF ? TREE_OPERAND(base, 0) : NULL_TREE;
}

/* What a copy, a conversion or the address of a member inherits. */
static void inherit(state &s, tree name, tree from)
{
	unsigned to = SSA_NAME_VERSION(name), version;

	if (!from || TREE_CODE(from) != SSA_NAME)
		return;
	version = SSA_NAME_VERSION(from);
	if (auto it = s.loans.find(version); it != s.loans.end())
		s.loans[to] = it->second;
	if (auto it = s.tentative.find(version); it != s.tentative.end())
		s.tentative[to] = it->second;
	if (auto it = s.loaded.find(version); it != s.loaded.end())
		s.loaded[to] = it->second;
}

static void compute(state &s, gassign *stmt)
{
	tree name = gimple_assign_lhs(stmt), a = gimple_assign_rhs1(stmt);
	tree_code code = gimple_assign_rhs_code(stmt);

	s.forget_name(SSA_NAME_VERSION(name));
	if (gimple_assign_load_p(stmt) && TREE_CODE(a) == COMPONENT_REF) {
		tree outer = TREE_OPERAND(a, 0);
		if (is_handle_type(TREE_TYPE(outer))) {
			int h = place_of(outer);
			if (h >= 0)
				read_handle(s, stmt, name, h, field_is(TREE_OPERAND(a, 1), "hnd_p_"));
		} else if (is_result_type(TREE_TYPE(outer))) {
			read_result(s, name, a);
		}
	} else if (code == ADDR_EXPR) {
		inherit(s, name, base_name(a));
	} else if (code == SSA_NAME || CONVERT_EXPR_CODE_P(code) || code == POINTER_PLUS_EXPR) {
		inherit(s, name, a);
	}
}

/* h.hnd_p_ = pointer, as handle_from(), none() and give() expand. */
static void write_handle(state &s, gimple *stmt, int h, tree pointer)
{
	HOST_WIDE_INT c;
	value v;

	if (known_constant(s, pointer, &c) && c == 0) {
		v = s.get(h);
		if (!(v.bits & (GIVEN | DROPPED)))
			put_all(s, stmt, h, EMPTY);
		return;
	}
	put_all(s, stmt, h, OWNS);
}

static void end_of_life(state &s, gimple *stmt, tree variable)
{
	for (auto it = s.held.begin(); it != s.held.end();) {
		const place &p = places[it->first];
		if (p.root != variable) {
			++it;
			continue;
		}
		if (it->second.bits & OWNS && is_carrier(variable))
			report(it->second.since, gimple_block(stmt), "handle-dropped", "a handle is dropped: take it with own()");
		else if (it->second.bits & OWNS && is_result_type(TREE_TYPE(variable)))
			report(DECL_SOURCE_LOCATION(variable), block_of_decl(variable), "handle-dropped",
			       "%qs is dropped: take its value with TRY()", p.shown.c_str());
		it = s.held.erase(it);
	}
	for (auto it = s.failed.begin(); it != s.failed.end();)
		it = places[it->first].root == variable ? s.failed.erase(it) : std::next(it);
}

static void store(state &s, gassign *stmt)
{
	tree lhs = gimple_assign_lhs(stmt), rhs = gimple_assign_rhs1(stmt);

	if (gimple_clobber_p(stmt)) {
		if (DECL_P(lhs))
			end_of_life(s, stmt, lhs);
		return;
	}
	int to = place_of(lhs);
	if (to < 0)
		return;
	s.forget_place(to);
	if (owning_type(TREE_TYPE(lhs))) {
		if (TREE_CODE(rhs) == CONSTRUCTOR)
			put_all(s, stmt, to, EMPTY);
		else
			move(s, stmt, lhs, rhs);
	} else if (TREE_CODE(lhs) == COMPONENT_REF && is_handle_type(TREE_TYPE(TREE_OPERAND(lhs, 0))) &&
		   field_is(TREE_OPERAND(lhs, 1), "hnd_p_")) {
		write_handle(s, stmt, places[to].parent, rhs);
	}
	if (is_result_type(TREE_TYPE(lhs)) && TREE_CODE(rhs) == CONSTRUCTOR)
		s.forget_place(place_field(to, TYPE_FIELDS(TREE_TYPE(lhs))));
}

/* ---- Calls */

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
	for (auto it = s.held.begin(); it != s.held.end();)
		it = !places[it->first].root && places[it->first].start == start ? s.held.erase(it) : std::next(it);
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

static void pass_arguments(state &s, gcall *call)
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

static void receive(state &s, gcall *call)
{
	tree lhs = gimple_call_lhs(call), type = gimple_call_return_type(call);

	if (!lhs) {
		if (owning_type(type))
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

static void leave_function(state &s, greturn *stmt)
{
	tree value_back = gimple_return_retval(stmt);
	int p = value_back && owning_type(TREE_TYPE(value_back)) ? place_of(value_back) : -1;

	if (p >= 0 && manner_of(p, NULL_TREE) == COPY)
		report_at(stmt, "handle-copied", "%qs is copied, and two would own: return give() of it", shown(p));
	for (int h : handles_in(p))
		s.held.erase(h);
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

/* ---- Uses of values */

static void check_tentative(state &s, location_t where, tree block, tree name)
{
	auto it = s.tentative.find(SSA_NAME_VERSION(name));

	if (it == s.tentative.end() || errno_tested_zero(s, it->second) == 1)
		return;
	/* attempt(v, …) keeps its result in v_att_. */
	tree kept_in = places[it->second].root;
	std::string of = kept_in && DECL_NAME(kept_in) ? IDENTIFIER_POINTER(DECL_NAME(kept_in)) : "the value";
	if (size_t end = of.rfind("_att_"); end != std::string::npos)
		of.resize(end);
	report(where, block, "result-unchecked", "%qs used where its errno was not found to be 0: handle the error first",
	       of.c_str());
	s.tentative.erase(it);
}

static void check_loan(state &s, gimple *stmt, tree name)
{
	auto it = s.loans.find(SSA_NAME_VERSION(name));

	if (it == s.loans.end() || !it->second.ended)
		return;
	const loan &l = it->second;
	tree var = SSA_NAME_VAR(name);
	const char *what = var && DECL_NAME(var) ? IDENTIFIER_POINTER(DECL_NAME(var)) : "the pointer";
	if (l.is_draft)
		report_at(stmt, "draft-published", "%qs used after its draft %qs was given away: go through the new handle",
			  what, shown(l.from));
	else
		report_at(stmt, "borrow-outlived", "%qs was borrowed from %qs, which %s ended: borrow it from who owns it now",
			  what, shown(l.from), l.ended);
	s.loans.erase(it);
}

/* (a == 0) | (b == 0): what `||` became, where a test of the errno comes first. */
static bool is_part_of_condition(gimple *stmt)
{
	tree_code code = is_gimple_assign(stmt) ? gimple_assign_rhs_code(stmt) : ERROR_MARK;
	gimple *use;
	use_operand_p u;

	if (code == BIT_IOR_EXPR || code == BIT_AND_EXPR)
		return true;
	return TREE_CODE_CLASS(code) == tcc_comparison && single_imm_use(gimple_assign_lhs(stmt), &u, &use) &&
	       is_part_of_condition(use);
}

static bool passes_on(gimple *stmt)
{
	if (!is_gimple_assign(stmt))
		return false;
	tree_code code = gimple_assign_rhs_code(stmt);
	return TREE_CODE(gimple_assign_lhs(stmt)) == SSA_NAME &&
	       (code == SSA_NAME || CONVERT_EXPR_CODE_P(code) || TREE_CODE_CLASS(code) == tcc_comparison || code == ADDR_EXPR);
}

static void check_uses(state &s, gimple *stmt)
{
	ssa_op_iter i;
	tree name;
	bool compares = gimple_code(stmt) == GIMPLE_COND ||
			(is_gimple_assign(stmt) && TREE_CODE_CLASS(gimple_assign_rhs_code(stmt)) == tcc_comparison);

	FOR_EACH_SSA_TREE_OPERAND(name, stmt, i, SSA_OP_USE) {
		if ((!passes_on(stmt) || compares) && !is_part_of_condition(stmt))
			check_tentative(s, gimple_location(stmt), gimple_block(stmt), name);
		if (!passes_on(stmt) && !compares)
			check_loan(s, stmt, name);
	}
}

/* ---- The rules as a whole */

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
