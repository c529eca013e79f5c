/* SPDX-License-Identifier: GPL-2.0-only */
/* Uses of SSA names and of values in memory that may not be used, or not yet. */
#include "owned.h"

/* False: the errno that belongs to a value has not been found to be 0. */
static bool errno_settled(state &s, location_t where, tree block, int errno_place)
{
	if (errno_tested_zero(s, errno_place) == 1)
		return true;
	/* attempt(v, …) keeps its result in v_att_. */
	tree kept_in = places[errno_place].root;
	std::string of = kept_in && DECL_NAME(kept_in) ? IDENTIFIER_POINTER(DECL_NAME(kept_in)) : "the value";
	if (size_t end = of.rfind("_att_"); end != std::string::npos)
		of.resize(end);
	report(where, block, "result-unchecked", "%qs used where its errno was not found to be 0: handle the error first",
	       of.c_str());
	return false;
}

void check_tentative(state &s, location_t where, tree block, tree name)
{
	auto it = s.tentative.find(SSA_NAME_VERSION(name));

	if (it != s.tentative.end() && !errno_settled(s, where, block, it->second))
		s.tentative.erase(it);
}

/* The same for a value in memory: any reference to it, but for its own start and end. */
static void check_tentative_places(state &s, gimple *stmt)
{
	if (s.tentative_places.empty() || gimple_clobber_p(stmt))
		return;
	for (unsigned i = is_gimple_assign(stmt); i < gimple_num_ops(stmt); i++) {
		tree op = gimple_op(stmt, i);
		tree base = !op ? op : get_base_address(TREE_CODE(op) == ADDR_EXPR ? TREE_OPERAND(op, 0) : op);
		if (!base || !VAR_P(base) || !has_role(base, "attempted"))
			continue;
		auto it = s.tentative_places.find(place_of(base));
		if (it != s.tentative_places.end() &&
		    !errno_settled(s, gimple_location(stmt), gimple_block(stmt), it->second))
			s.tentative_places.erase(it);
	}
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
	if (settles_attempted(stmt))
		return true;
	tree_code code = gimple_assign_rhs_code(stmt);
	return TREE_CODE(gimple_assign_lhs(stmt)) == SSA_NAME &&
	       (code == SSA_NAME || CONVERT_EXPR_CODE_P(code) || TREE_CODE_CLASS(code) == tcc_comparison || code == ADDR_EXPR);
}

void check_uses(state &s, gimple *stmt)
{
	ssa_op_iter i;
	tree name;
	bool compares = gimple_code(stmt) == GIMPLE_COND ||
			(is_gimple_assign(stmt) && TREE_CODE_CLASS(gimple_assign_rhs_code(stmt)) == tcc_comparison);

	check_tentative_places(s, stmt);
	FOR_EACH_SSA_TREE_OPERAND(name, stmt, i, SSA_OP_USE) {
		if ((!passes_on(stmt) || compares) && !is_part_of_condition(stmt))
			check_tentative(s, gimple_location(stmt), gimple_block(stmt), name);
		if (!passes_on(stmt) && !compares)
			check_loan(s, stmt, name);
	}
}
