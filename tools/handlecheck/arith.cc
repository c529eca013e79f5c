/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic on sizes that came from a program: +, -, *, << and negation that may leave the range of their type, where
 * neither GCC's ranges nor a comparison on the way show otherwise. A value comes from a program as an integer argument of
 * a call (sys_*) or in memory that a copy from user memory has filled. Each function is looked at alone; what depends on
 * its parameters is written down for join.py, which knows what callers pass:
 *
 *	wrap	FN	PARAMETERS	MOST	PLACE	MESSAGE		wraps when one of the parameters exceeds MOST
 *	pass	FN	PARAMETER|user	TARGET	PARAMETER	MOST	PLACE	hands the value on, at most MOST then
 *
 * What is not known about the other side of an operation is taken to be a size that memory could have.
 */
#include "check.h"
#include "summary.h"
#include "value-range.h"
#include "gimple-range.h"
#include "tree-ssanames.h"
#include "dominance.h"
#include "tree-cfg.h"
#include "tree-dfa.h"
#include <cstring>
#include <map>
#include <set>

/* Where a value comes from: parameters by number, or the program itself. */
typedef std::set<int> origins;
enum { FROM_PROGRAM = -1 };

namespace {
struct bounds { widest_int low, high; };

/* One function, under the assumption that its parameters are at most `most`. */
class body {
public:
	explicit body(function *fn) : f(fn) {}
	void find_origins();
	void look(gimple_ranger *r) { ranger = r; }
	const origins *origins_of(tree v) const;
	const char *wraps(gassign *stmt, origins *from);
	bounds bounds_of(tree v, gimple *stmt);
	bool is_checked(tree v, gimple *stmt);

	function *f;
private:
	bool add(tree v, const origins &from);
	bool flow(gimple *stmt);
	void filled_by(gcall *call);
	bool exceeds(gassign *stmt, tree a, tree b);
	bool is_compared_later(gassign *stmt, tree a, tree b);

	std::map<tree, origins> values;			/* SSA names */
	std::map<tree, origins> memory;			/* variables, and pointers to memory, that hold such values */
	gimple_ranger *ranger = NULL;
};
}

/* ---- Where values come from */

static bool is_size(const_tree type)
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
	return ref;
}

const origins *body::origins_of(tree v) const
{
	auto found = values.find(v);

	return found == values.end() ? NULL : &found->second;
}

bool body::add(tree v, const origins &from)
{
	size_t before = values[v].size();

	values[v].insert(from.begin(), from.end());
	return values[v].size() != before;
}

void body::filled_by(gcall *call)
{
	static const char *const copies[] = { "user_read_sized", "user_read_array", "copy_from_user" };

	for (const char *copy : copies)
		if (callee_name(call) == copy && gimple_call_num_args(call) > 0)
			memory[base_of(gimple_call_arg(call, 0))].insert(FROM_PROGRAM);
}

/* Does the statement give its result new origins? */
bool body::flow(gimple *stmt)
{
	tree to = gimple_get_lhs(stmt);
	bool changed = false;

	if (gphi *phi = dyn_cast<gphi *>(stmt)) {
		for (unsigned i = 0; i < gimple_phi_num_args(phi); i++) {
			tree arg = gimple_phi_arg_def(phi, i);
			/* What one way into it has compared is no longer the program's choice. */
			gimple *there = last_stmt(gimple_phi_arg_edge(phi, i)->src);
			if (const origins *from = origins_of(arg))
				if (!there || !is_checked(arg, there))
					changed |= add(gimple_phi_result(phi), *from);
		}
		return changed;
	}
	if (!is_gimple_assign(stmt) || !to)
		return false;
	if (gimple_assign_load_p(stmt)) {
		auto filled = memory.find(base_of(gimple_assign_rhs1(stmt)));
		return TREE_CODE(to) == SSA_NAME && is_size(TREE_TYPE(to)) && filled != memory.end() && add(to, filled->second);
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

void body::find_origins()
{
	std::string name = IDENTIFIER_POINTER(DECL_NAME(f->decl));
	bool is_call = name.compare(0, 4, "sys_") == 0, changed = true;
	basic_block bb;
	int n = 0;

	for (tree p = DECL_ARGUMENTS(f->decl); p; p = DECL_CHAIN(p), n++)
		if (is_size(TREE_TYPE(p)) && ssa_default_def(f, p))
			values[ssa_default_def(f, p)].insert(is_call ? (int)FROM_PROGRAM : n);
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

/* The value behind conversions and copies. */
static tree root_of(tree v)
{
	while (v && TREE_CODE(v) == SSA_NAME && is_gimple_assign(SSA_NAME_DEF_STMT(v))) {
		gimple *def = SSA_NAME_DEF_STMT(v);
		if (!CONVERT_EXPR_CODE_P(gimple_assign_rhs_code(def)) && gimple_assign_rhs_code(def) != SSA_NAME)
			break;
		if (TREE_CODE(gimple_assign_rhs1(def)) != SSA_NAME)
			break;
		v = gimple_assign_rhs1(def);
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

static bool is_same(tree a, tree b)
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
			if (is_same(gimple_call_arg(call, i), v) || is_part_of(v, gimple_call_arg(call, i), depth - 1))
				return true;
		return false;
	}
	if (!is_gimple_assign(def) || gimple_assign_load_p(def))
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

/* Does the condition say something about how large v is? Comparisons with constants are GCC's ranges' business. */
static bool compares(gcond *cond, tree v)
{
	tree a = gimple_cond_lhs(cond), b = gimple_cond_rhs(cond);

	/* Of another load of the same field they are not. */
	if (is_same(a, v))
		return TREE_CODE(b) == SSA_NAME || (root_of(a) != root_of(v) && !integer_zerop(b));
	if (is_same(b, v))
		return TREE_CODE(a) == SSA_NAME;
	return is_part_of(v, a, 4) || is_part_of(v, b, 4);
}

bool body::is_checked(tree v, gimple *stmt)
{
	for (basic_block bb = gimple_bb(stmt); bb && bb != ENTRY_BLOCK_PTR_FOR_FN(f);) {
		basic_block above = get_immediate_dominator(CDI_DOMINATORS, bb);
		gimple *last = above && above != ENTRY_BLOCK_PTR_FOR_FN(f) ? last_stmt(above) : NULL;
		gcond *cond = last ? dyn_cast<gcond *>(last) : NULL;
		edge e;
		edge_iterator ei;

		if (cond && compares(cond, v))
			FOR_EACH_EDGE(e, ei, above->succs)
				if (single_pred_p(e->dest) && dominated_by_p(CDI_DOMINATORS, gimple_bb(stmt), e->dest))
					return true;
		bb = above;
	}
	return false;
}

/* The two sides of the comparison that a statement is, or NULL. */
static bool sides_of(gimple *user, tree *x, tree *y)
{
	if (gcond *cond = dyn_cast<gcond *>(user)) {
		*x = gimple_cond_lhs(cond);
		*y = gimple_cond_rhs(cond);
		return true;
	}
	if (!is_gimple_assign(user) || TREE_CODE_CLASS(gimple_assign_rhs_code(user)) != tcc_comparison)
		return false;
	*x = gimple_assign_rhs1(user);
	*y = gimple_assign_rhs2(user);
	return true;
}

/* x + 5 <= 9u, which GCC makes of -5 <= x && x <= 4; and n - 1 < limit: they are meant to wrap. */
static bool is_range_test(gassign *stmt)
{
	tree v = gimple_assign_lhs(stmt), x, y;
	use_operand_p use;
	gimple *user;

	while (single_imm_use(v, &use, &user) && gimple_assign_cast_p(user))
		v = gimple_assign_lhs(user);
	if (!v || !single_imm_use(v, &use, &user))
		return false;
	return sides_of(user, &x, &y) && TREE_CODE(gimple_assign_rhs2(stmt)) == INTEGER_CST;
}

/* Bits that are masked away afterwards were not meant to stay. */
static bool is_masked(gassign *stmt)
{
	use_operand_p use;
	gimple *user;

	return single_imm_use(gimple_assign_lhs(stmt), &use, &user) && is_gimple_assign(user) &&
	       gimple_assign_rhs_code(user) == BIT_AND_EXPR && TREE_CODE(gimple_assign_rhs2(user)) == INTEGER_CST;
}

/* Looks whether the result has wrapped: sum < a. */
bool body::is_compared_later(gassign *stmt, tree a, tree b)
{
	imm_use_iterator uses;
	use_operand_p use;
	tree x, y;

	FOR_EACH_IMM_USE_FAST(use, uses, gimple_assign_lhs(stmt))
		if (sides_of(USE_STMT(use), &x, &y) && (is_same(x, a) || is_same(y, a) || (b && (is_same(x, b) || is_same(y, b)))))
			return true;
	return false;
}

/* ---- Ranges */

bounds body::bounds_of(tree v, gimple *stmt)
{
	signop sign = TYPE_SIGN(TREE_TYPE(v));
	unsigned bits = TYPE_PRECISION(TREE_TYPE(v));
	int_range_max range;

	if (TREE_CODE(v) == INTEGER_CST)
		return { wi::to_widest(v), wi::to_widest(v) };
	bounds all = { widest_int::from(wi::min_value(bits, sign), sign), widest_int::from(wi::max_value(bits, sign), sign) };
	if (TREE_CODE(v) == SSA_NAME && ranger->range_of_expr(range, v, stmt) && !range.undefined_p() && !range.varying_p())
		all = { widest_int::from(range.lower_bound(), sign), widest_int::from(range.upper_bound(), sign) };
	if (origins_of(v))
		return all;
	widest_int likely = wi::lshift(widest_int(1), bits > 48 ? 47 : bits > 30 ? 30 : bits);
	return { wi::lts_p(all.low, 0) ? widest_int(0) : all.low, wi::gts_p(all.high, likely) ? likely : all.high };
}

static bool fits(const widest_int &low, const widest_int &high, tree type)
{
	signop sign = TYPE_SIGN(type);
	unsigned bits = TYPE_PRECISION(type);

	return wi::ges_p(low, widest_int::from(wi::min_value(bits, sign), sign)) &&
	       wi::les_p(high, widest_int::from(wi::max_value(bits, sign), sign));
}

/* Multiplying by a large odd number mixes bits and is no size. */
static bool mixes(tree v)
{
	return TREE_CODE(v) == INTEGER_CST && wi::gts_p(wi::to_widest(v), 0x40000000) && wi::bit_and(wi::to_widest(v), 1) != 0;
}

bool body::exceeds(gassign *stmt, tree a, tree b)
{
	tree type = TREE_TYPE(gimple_assign_lhs(stmt));
	bounds x = bounds_of(a, stmt), y = b ? bounds_of(b, stmt) : x;
	widest_int corner[4] = { wi::mul(x.low, y.low), wi::mul(x.low, y.high), wi::mul(x.high, y.low), wi::mul(x.high, y.high) };

	switch (gimple_assign_rhs_code(stmt)) {
	case PLUS_EXPR:
		return !fits(wi::add(x.low, y.low), wi::add(x.high, y.high), type);
	case MINUS_EXPR:
		return !fits(wi::sub(x.low, y.high), wi::sub(x.high, y.low), type);
	case MULT_EXPR:
		for (int i = 0; i < 4; i++)
			if (!fits(corner[i], corner[i], type))
				return !mixes(a) && !mixes(b);
		return false;
	case LSHIFT_EXPR:
		if (wi::lts_p(y.low, 0) || wi::ges_p(y.high, TYPE_PRECISION(type)))
			return true;
		return origins_of(a) && !fits(0, wi::lshift(x.high, y.high.to_shwi()), type);
	case NEGATE_EXPR:
		return !TYPE_UNSIGNED(type) && !fits(wi::neg(x.high), wi::neg(x.low), type);
	default:
		return false;
	}
}

static const char *advice(tree_code code)
{
	switch (code) {
	case PLUS_EXPR:
		return "this sum of what a program gave may wrap: size_add(), or compare with a bound first";
	case MINUS_EXPR:
		return "this difference of what a program gave may wrap: compare the two first";
	case MULT_EXPR:
		return "this product of what a program gave may wrap: size_mul() or array_bytes(), or compare with a bound first";
	case LSHIFT_EXPR:
		return "this shift of what a program gave may lose bits: size_mul(), or compare with a bound first";
	default:
		return "the negative of what a program gave may not exist: compare with the least value first";
	}
}

/* What is wrong with the operation, or NULL; and where its values come from. */
const char *body::wraps(gassign *stmt, origins *from)
{
	tree type = TREE_TYPE(gimple_assign_lhs(stmt)), a = gimple_assign_rhs1(stmt);
	tree_code code = gimple_assign_rhs_code(stmt);
	tree b = gimple_num_ops(stmt) > 2 ? gimple_assign_rhs2(stmt) : NULL_TREE;

	if (!is_size(type) || TYPE_PRECISION(type) < 32)
		return NULL;
	if (code != PLUS_EXPR && code != MINUS_EXPR && code != MULT_EXPR && code != LSHIFT_EXPR && code != NEGATE_EXPR)
		return NULL;
	from->clear();
	for (tree v : { a, b })
		if (const origins *o = v ? origins_of(v) : NULL)
			if (!is_checked(v, stmt))
				from->insert(o->begin(), o->end());
	if (from->empty() || !exceeds(stmt, a, b) || is_compared_later(stmt, a, b))
		return NULL;
	if ((code == PLUS_EXPR || code == MINUS_EXPR) && is_range_test(stmt))
		return NULL;
	if (code == LSHIFT_EXPR && is_masked(stmt))
		return NULL;
	if (code == MINUS_EXPR && b && ((origins_of(a) && is_checked(a, stmt)) || (origins_of(b) && is_checked(b, stmt))))
		return NULL;
	return advice(code);
}

/* ---- A function */

/* For the length of a scope, GCC believes that the parameters are in 0..most. */
namespace {
class assumption {
public:
	assumption(function *f, unsigned bits)
	{
		for (tree p = DECL_ARGUMENTS(f->decl); p; p = DECL_CHAIN(p)) {
			tree v = is_size(TREE_TYPE(p)) ? ssa_default_def(f, p) : NULL_TREE;
			unsigned own = v ? TYPE_PRECISION(TREE_TYPE(p)) : 0;
			if (!v || bits >= own - !TYPE_UNSIGNED(TREE_TYPE(p)))
				continue;
			before.push_back({ v, SSA_NAME_RANGE_INFO(v) });
			SSA_NAME_RANGE_INFO(v) = NULL;
			set_range_info(v, VR_RANGE, wi::zero(own), wi::mask(bits, false, own));
		}
	}
	~assumption()
	{
		for (auto &b : before)
			SSA_NAME_RANGE_INFO(b.first) = b.second;
	}
private:
	std::vector<std::pair<tree, range_info_def *>> before;
};
}

static const unsigned trials[] = { 64, 62, 47, 40, 32, 31, 24, 20, 16, 12 };

/* The most bits that the parameters may have for the operation not to wrap. */
static unsigned most_bits(body *b, gassign *stmt)
{
	origins from;

	for (unsigned bits : trials) {
		assumption holds(b->f, bits);
		gimple_ranger ranger;
		b->look(&ranger);
		if (!b->wraps(stmt, &from))
			return bits;
	}
	return 0;
}

static void look_at_operation(body *b, gimple_ranger *ranger, gassign *stmt)
{
	origins from;
	const char *message = b->wraps(stmt, &from);

	if (!message)
		return;
	if (from.count(FROM_PROGRAM)) {
		report_at(stmt, "user-arithmetic", "%s", message);
		return;
	}
	unsigned most = summary && !excused(gimple_block(stmt)) ? most_bits(b, stmt) : 0;
	b->look(ranger);
	if (most == 0)
		return;
	std::string list;
	for (int n : from)
		list += std::to_string(n) + " ";
	fprintf(summary, "wrap\t%s\t%s\t%u\t%s\t%s\n", id_of(b->f->decl).c_str(), list.c_str(), most,
		place_of(gimple_location(stmt)).c_str(), message);
}

static void look_at_call(body *b, gcall *call)
{
	tree fn = gimple_call_fndecl(call);

	if (!fn || !summary || fndecl_built_in_p(fn))
		return;
	for (unsigned i = 0; i < gimple_call_num_args(call); i++) {
		tree v = gimple_call_arg(call, i);
		const origins *from = b->origins_of(v);
		if (!from || b->is_checked(v, call))
			continue;
		bounds range = b->bounds_of(v, call);
		unsigned bits = wi::lts_p(range.low, 0) ? 64 : wi::floor_log2(range.high) + 1;
		for (int n : *from)
			fprintf(summary, "pass\t%s\t%s\t%s\t%u\t%u\t%s\n", id_of(b->f->decl).c_str(),
				n == FROM_PROGRAM ? "user" : std::to_string(n).c_str(), id_of(fn).c_str(), i, bits,
				place_of(gimple_location(call)).c_str());
	}
}

static unsigned look_at_function(function *f)
{
	basic_block bb;
	body b(f);
	gimple_ranger ranger;

	if (in_system_header_at(DECL_SOURCE_LOCATION(f->decl)))
		return 0;
	calculate_dominance_info(CDI_DOMINATORS);
	b.look(&ranger);
	b.find_origins();
	FOR_EACH_BB_FN(bb, f)
		for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i)) {
			if (gassign *assign = dyn_cast<gassign *>(gsi_stmt(i)))
				look_at_operation(&b, &ranger, assign);
			if (gcall *call = dyn_cast<gcall *>(gsi_stmt(i)))
				look_at_call(&b, call);
		}
	return 0;
}

static void register_arith(const char *name)
{
	each_function_in_ssa(name, "handlecheck-arith", look_at_function);
}
FAMILY(register_arith)
