/* SPDX-License-Identifier: GPL-2.0-only */
/* Assignments: what loads, copies and stores do to handles, to pointers lent from them and to errnos. */
#include "owned.h"

static bool compares_with_zero(gimple *stmt)
{
	if (gcond *cond = dyn_cast<gcond *>(stmt))
		return integer_zerop(gimple_cond_rhs(cond));
	return is_gimple_assign(stmt) && TREE_CODE_CLASS(gimple_assign_rhs_code(stmt)) == tcc_comparison &&
	       integer_zerop(gimple_assign_rhs2(stmt));
}

static bool only_tested_for_none(tree name)
{
	imm_use_iterator i;
	use_operand_p use;

	FOR_EACH_IMM_USE_FAST(use, i, name)
		if (!is_gimple_debug(USE_STMT(use)) && !compares_with_zero(USE_STMT(use)))
			return false;
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
	} else if (places[p].root && has_role(places[p].root, "attempt")) {
		s.tentative[version] = place_field(places[p].parent, TYPE_FIELDS(places[places[p].parent].type));
	}
}

/* The value of attempt() goes into its variable, which is in memory because its address is taken. */
bool settles_attempted(gimple *stmt)
{
	tree lhs = is_gimple_assign(stmt) ? gimple_assign_lhs(stmt) : NULL_TREE;

	return lhs && VAR_P(lhs) && has_role(lhs, "attempted") && gimple_assign_single_p(stmt);
}

static void note_attempted(state &s, int to, gassign *stmt)
{
	tree rhs = gimple_assign_rhs1(stmt);

	if (!settles_attempted(stmt))
		return;
	if (TREE_CODE(rhs) == SSA_NAME) {
		if (auto it = s.tentative.find(SSA_NAME_VERSION(rhs)); it != s.tentative.end())
			s.tentative_places[to] = it->second;
	} else if (TREE_CODE(rhs) == COMPONENT_REF && is_result_type(TREE_TYPE(TREE_OPERAND(rhs, 0)))) {
		int result = place_of(TREE_OPERAND(rhs, 0));
		if (result >= 0)
			s.tentative_places[to] = place_field(result, TYPE_FIELDS(places[result].type));
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

void compute(state &s, gassign *stmt)
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

void store(state &s, gassign *stmt)
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
	note_attempted(s, to, stmt);
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
