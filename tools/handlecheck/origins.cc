/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values that a program has chosen: integer arguments of calls (sys_*), what copies from user memory have filled, and what is
 * computed from them; and a function's parameters, which may be such values for all it knows.
 */
#include "origins.h"
#include "dominance.h"
#include "tree-cfg.h"
#include "tree-dfa.h"
#include "fold-const.h"

/* ---- Where values come from */

bool is_size(const_tree type)
{
	return TREE_CODE(type) == INTEGER_TYPE;
}

static std::string callee_name(gcall *call)
{
	tree fn = gimple_call_fndecl(call);

	return fn && DECL_NAME(fn) ? IDENTIFIER_POINTER(DECL_NAME(fn)) : "";
}

/* The variable, or the pointer, that a memory operand lies in. */
static tree base_of(tree ref)
{
	while (handled_component_p(ref))
		ref = TREE_OPERAND(ref, 0);
	if (TREE_CODE(ref) == MEM_REF)
		ref = TREE_OPERAND(ref, 0);
	if (TREE_CODE(ref) == ADDR_EXPR)
		return base_of(TREE_OPERAND(ref, 0));
	if (TREE_CODE(ref) == SSA_NAME && gimple_assign_single_p(SSA_NAME_DEF_STMT(ref)) &&
	    TREE_CODE(gimple_assign_rhs1(SSA_NAME_DEF_STMT(ref))) == ADDR_EXPR)
		return base_of(gimple_assign_rhs1(SSA_NAME_DEF_STMT(ref)));
	return ref;
}

const origins *values::origins_of(tree v) const
{
	auto found = names.find(v);

	return found == names.end() ? NULL : &found->second;
}

bool values::add(tree v, const origins &from)
{
	size_t before = names[v].size();

	names[v].insert(from.begin(), from.end());
	return names[v].size() != before;
}

void values::filled_by(gcall *call)
{
	static const char *const copies[] = { "user_read_sized", "user_read_array", "copy_from_user" };

	for (const char *copy : copies)
		if (callee_name(call) == copy && gimple_call_num_args(call) > 0)
			memory[base_of(gimple_call_arg(call, 0))].insert(FROM_PROGRAM);
}

static bool compares(gcond *cond, bool holds, tree v, enum side side);

/* What one way into it has compared is no longer the program's choice. */
bool values::flow_together(gphi *phi)
{
	bool changed = false;

	for (unsigned i = 0; i < gimple_phi_num_args(phi); i++) {
		edge way = gimple_phi_arg_edge(phi, i);
		gimple *there = last_stmt(way->src);
		gcond *cond = there ? dyn_cast<gcond *>(there) : NULL;
		tree v = gimple_phi_arg_def(phi, i);
		const origins *from = origins_of(v);
		if (from && !(cond && compares(cond, way->flags & EDGE_TRUE_VALUE, v, AT_MOST)) &&
		    !(there && is_checked(v, there)))
			changed |= add(gimple_phi_result(phi), *from);
	}
	return changed;
}

/* Does the statement give its result new origins? */
bool values::flow(gimple *stmt)
{
	tree to = gimple_get_lhs(stmt);
	bool changed = false;

	if (gphi *phi = dyn_cast<gphi *>(stmt))
		return flow_together(phi);
	if (!is_gimple_assign(stmt) || !to)
		return false;
	if (gimple_assign_load_p(stmt)) {
		auto filled = memory.find(base_of(gimple_assign_rhs1(stmt)));
		return TREE_CODE(to) == SSA_NAME && is_size(TREE_TYPE(to)) && filled != memory.end() &&
		       add(to, filled->second);
	}
	if (TREE_CODE(to) != SSA_NAME || !INTEGRAL_TYPE_P(TREE_TYPE(to)) ||
	    TREE_CODE_CLASS(gimple_assign_rhs_code(stmt)) == tcc_comparison)
		return false;
	for (unsigned i = 1; i < gimple_num_ops(stmt); i++)
		if (const origins *from = gimple_op(stmt, i) ? origins_of(gimple_op(stmt, i)) : NULL)
			if (!is_checked(gimple_op(stmt, i), stmt))
				changed |= add(to, *from);
	return changed;
}

void values::find()
{
	std::string name = IDENTIFIER_POINTER(DECL_NAME(f->decl));
	bool is_call = name.compare(0, 4, "sys_") == 0, changed = true;
	basic_block bb;
	int n = 0;

	for (tree p = DECL_ARGUMENTS(f->decl); p; p = DECL_CHAIN(p), n++)
		if (is_size(TREE_TYPE(p)) && ssa_default_def(f, p))
			names[ssa_default_def(f, p)].insert(is_call ? (int)FROM_PROGRAM : n);
	FOR_EACH_BB_FN(bb, f)
		for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i))
			if (gcall *call = dyn_cast<gcall *>(gsi_stmt(i)))
				filled_by(call);
	while (changed) {
		changed = false;
		FOR_EACH_BB_FN(bb, f) {
			for (gphi_iterator i = gsi_start_phis(bb); !gsi_end_p(i); gsi_next(&i))
				changed |= flow(i.phi());
			for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i))
				changed |= flow(gsi_stmt(i));
		}
	}
}

/* ---- Comparisons on the way */

static bool is_narrowing(gimple *def)
{
	tree to = gimple_assign_lhs(def), from = gimple_assign_rhs1(def);

	return CONVERT_EXPR_CODE_P(gimple_assign_rhs_code(def)) && INTEGRAL_TYPE_P(TREE_TYPE(to)) &&
	       INTEGRAL_TYPE_P(TREE_TYPE(from)) && TYPE_PRECISION(TREE_TYPE(to)) < TYPE_PRECISION(TREE_TYPE(from));
}

/* The value behind copies and those conversions that keep all of it. */
static tree root_of(tree v)
{
	while (v && TREE_CODE(v) == SSA_NAME && is_gimple_assign(SSA_NAME_DEF_STMT(v))) {
		gimple *def = SSA_NAME_DEF_STMT(v);
		tree from = gimple_assign_rhs1(def);
		if (!CONVERT_EXPR_CODE_P(gimple_assign_rhs_code(def)) && gimple_assign_rhs_code(def) != SSA_NAME)
			break;
		if (TREE_CODE(from) != SSA_NAME || is_narrowing(def))
			break;
		v = from;
	}
	return v;
}

/* The place that a value was loaded from: two loads of a field are the same value here. */
static tree load_of(tree v)
{
	v = root_of(v);
	if (!v || TREE_CODE(v) != SSA_NAME || !gimple_assign_load_p(SSA_NAME_DEF_STMT(v)))
		return NULL_TREE;
	return gimple_assign_rhs1(SSA_NAME_DEF_STMT(v));
}

bool is_same(tree a, tree b)
{
	if (root_of(a) == root_of(b))
		return true;
	tree x = load_of(a), y = load_of(b);
	return x && y && operand_equal_p(x, y, 0);
}

/* Is v a part of what e is computed from, e itself aside? */
static bool is_part_of(tree v, tree e, int depth)
{
	gimple *def = e && TREE_CODE(e) == SSA_NAME ? SSA_NAME_DEF_STMT(e) : NULL;

	if (!def || depth == 0)
		return false;
	if (gcall *call = dyn_cast<gcall *>(def)) {
		for (unsigned i = 0; i < gimple_call_num_args(call); i++)
			if (is_same(gimple_call_arg(call, i), v) ||
			    is_part_of(v, gimple_call_arg(call, i), depth - 1))
				return true;
		return false;
	}
	if (!is_gimple_assign(def) || gimple_assign_load_p(def) || is_narrowing(def))
		return false;
	for (unsigned i = 1; i < gimple_num_ops(def); i++) {
		tree part = gimple_op(def, i);
		if (part && (TREE_CODE(part) == IMAGPART_EXPR || TREE_CODE(part) == REALPART_EXPR))
			part = TREE_OPERAND(part, 0);
		if (part && (is_same(part, v) || is_part_of(v, part, depth - 1)))
			return true;
	}
	return false;
}

/* Does `x code y`, or its opposite where that is what holds, give x a bound on the given side? */
static bool bounds_side(tree_code code, bool holds, enum side side)
{
	bool most = code == LT_EXPR || code == LE_EXPR, least = code == GT_EXPR || code == GE_EXPR;

	if (code == EQ_EXPR || code == NE_EXPR)
		return (code == EQ_EXPR) == holds;
	return side == AT_MOST ? (holds ? most : least) : (holds ? least : most);
}

/*
 * Does the condition, which came out as `holds`, say on that side how large v is? Comparisons with constants are GCC's
 * ranges' business, but not of another load of the same field.
 */
static bool compares(gcond *cond, bool holds, tree v, enum side side)
{
	tree a = gimple_cond_lhs(cond), b = gimple_cond_rhs(cond);
	tree_code code = gimple_cond_code(cond);

	if (is_same(a, v))
		return (TREE_CODE(b) == SSA_NAME || (root_of(a) != root_of(v) && !integer_zerop(b))) &&
		       bounds_side(code, holds, side);
	if (is_same(b, v))
		return TREE_CODE(a) == SSA_NAME && bounds_side(swap_tree_comparison(code), holds, side);
	return is_part_of(v, a, 4) || is_part_of(v, b, 4);
}

bool values::is_checked(tree v, gimple *stmt, enum side side) const
{
	for (basic_block bb = gimple_bb(stmt); bb && bb != ENTRY_BLOCK_PTR_FOR_FN(f);) {
		basic_block above = get_immediate_dominator(CDI_DOMINATORS, bb);
		gimple *last = above && above != ENTRY_BLOCK_PTR_FOR_FN(f) ? last_stmt(above) : NULL;
		gcond *cond = last ? dyn_cast<gcond *>(last) : NULL;
		edge e;
		edge_iterator ei;

		if (cond)
			FOR_EACH_EDGE(e, ei, above->succs)
		if (single_pred_p(e->dest) && dominated_by_p(CDI_DOMINATORS, gimple_bb(stmt), e->dest) &&
		    compares(cond, e->flags & EDGE_TRUE_VALUE, v, side))
			return true;
		bb = above;
	}
	return false;
}
