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
#include "origins.h"
#include "sleep.h"
#include "value-range.h"
#include "gimple-range.h"
#include "tree-ssanames.h"
#include "tree-dfa.h"
#include "dominance.h"
#include <cstring>

namespace {
struct bounds { widest_int low, high; };

/* One function, under the assumption that is made about its parameters at the moment. */
class body {
public:
	explicit body(function *fn) : v(fn) {}
	void look(gimple_ranger *r) { ranger = r; }
	const char *wraps(gassign *stmt, origins *from);
	bounds bounds_of(tree value, gimple *stmt);

	values v;
private:
	bool exceeds(gassign *stmt, tree a, tree b);
	bool is_excused(gassign *stmt, tree a, tree b);

	gimple_ranger *ranger = NULL;
};
}

/* ---- Forms that mean it */

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
static bool is_compared_later(gassign *stmt, tree a, tree b)
{
	imm_use_iterator uses;
	use_operand_p use;
	tree x, y;

	FOR_EACH_IMM_USE_FAST(use, uses, gimple_assign_lhs(stmt))
	if (sides_of(USE_STMT(use), &x, &y) &&
	    (is_same(x, a) || is_same(y, a) || (b && (is_same(x, b) || is_same(y, b)))))
		return true;
	return false;
}

/* ---- Ranges */

bounds body::bounds_of(tree value, gimple *stmt)
{
	signop sign = TYPE_SIGN(TREE_TYPE(value));
	unsigned bits = TYPE_PRECISION(TREE_TYPE(value));
	int_range_max range;

	if (TREE_CODE(value) == INTEGER_CST)
		return { wi::to_widest(value), wi::to_widest(value) };
	bounds all = { widest_int::from(wi::min_value(bits, sign), sign),
		       widest_int::from(wi::max_value(bits, sign), sign) };
	if (TREE_CODE(value) == SSA_NAME && ranger->range_of_expr(range, value, stmt) && !range.undefined_p() &&
	    !range.varying_p())
		all = { widest_int::from(range.lower_bound(), sign), widest_int::from(range.upper_bound(), sign) };
	if (v.origins_of(value))
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
	return TREE_CODE(v) == INTEGER_CST && wi::gts_p(wi::to_widest(v), 0x40000000) &&
	       wi::bit_and(wi::to_widest(v), 1) != 0;
}

bool body::exceeds(gassign *stmt, tree a, tree b)
{
	tree type = TREE_TYPE(gimple_assign_lhs(stmt));
	bounds x = bounds_of(a, stmt), y = b ? bounds_of(b, stmt) : x;
	widest_int corner[4] = { wi::mul(x.low, y.low), wi::mul(x.low, y.high), wi::mul(x.high, y.low),
				 wi::mul(x.high, y.high) };

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
		return v.origins_of(a) && !fits(0, wi::lshift(x.high, y.high.to_shwi()), type);
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
		return "this product of what a program gave may wrap: size_mul() or array_bytes(), or compare with a "
		       "bound first";
	case LSHIFT_EXPR:
		return "this shift of what a program gave may lose bits: size_mul(), or compare with a bound first";
	default:
		return "the negative of what a program gave may not exist: compare with the least value first";
	}
}

/* Forms in which leaving the type is meant, or looked for. */
bool body::is_excused(gassign *stmt, tree a, tree b)
{
	tree_code code = gimple_assign_rhs_code(stmt);

	if (is_compared_later(stmt, a, b))
		return true;
	if ((code == PLUS_EXPR || code == MINUS_EXPR) && is_range_test(stmt))
		return true;
	if (code == LSHIFT_EXPR && is_masked(stmt))
		return true;
	if (code != MINUS_EXPR)
		return false;
	return (v.origins_of(a) && v.is_checked(a, stmt, AT_LEAST)) || (v.origins_of(b) && v.is_checked(b, stmt, AT_MOST));
}

/* What is wrong with the operation, or NULL; and where its values come from. */
const char *body::wraps(gassign *stmt, origins *from)
{
	tree type = TREE_TYPE(gimple_assign_lhs(stmt)), a = gimple_assign_rhs1(stmt);
	tree_code code = gimple_assign_rhs_code(stmt);
	tree b = gimple_num_ops(stmt) > 2 ? gimple_assign_rhs2(stmt) : NULL_TREE;

	if (!is_size(type) || TYPE_PRECISION(type) < 32)
		return NULL;
	if (code != PLUS_EXPR && code != MINUS_EXPR && code != MULT_EXPR && code != LSHIFT_EXPR &&
	    code != NEGATE_EXPR)
		return NULL;
	from->clear();
	for (tree side : { a, b })
		if (const origins *o = side ? v.origins_of(side) : NULL)
			if (!v.is_checked(side, stmt, code == MINUS_EXPR && side == a ? AT_LEAST : AT_MOST))
				from->insert(o->begin(), o->end());
	return from->empty() || !exceeds(stmt, a, b) || is_excused(stmt, a, b) ? NULL : advice(code);
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
		assumption holds(b->v.f, bits);
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
	fprintf(summary, "wrap\t%s\t%s\t%u\t%s\t%s\n", id_of(b->v.f->decl).c_str(), list.c_str(), most,
		place_of(gimple_location(stmt)).c_str(), message);
}

/* What a program gave goes on into the functions that the call may reach. */
static void look_at_argument(body *b, gcall *call, unsigned n, const std::set<std::string> &targets)
{
	tree v = gimple_call_arg(call, n);
	const origins *from = b->v.origins_of(v);

	if (!from || b->v.is_checked(v, call))
		return;
	bounds range = b->bounds_of(v, call);
	unsigned bits = wi::lts_p(range.low, 0) ? 64 : wi::floor_log2(range.high) + 1;
	for (int origin : *from)
		for (const std::string &target : targets)
			fprintf(summary, "pass\t%s\t%s\t%s\t%u\t%u\t%s\n", id_of(b->v.f->decl).c_str(),
				origin == FROM_PROGRAM ? "user" : std::to_string(origin).c_str(), target.c_str(), n, bits,
				place_of(gimple_location(call)).c_str());
}

static void look_at_call(body *b, gcall *call)
{
	tree fn = gimple_call_fndecl(call);
	std::set<std::string> targets;

	if (!summary || gimple_call_internal_p(call) || (fn && fndecl_built_in_p(fn)))
		return;
	if (fn)
		targets.insert("f:" + id_of(fn));
	else
		targets = sources_of(gimple_call_fn(call));
	for (unsigned i = 0; i < gimple_call_num_args(call); i++)
		look_at_argument(b, call, i, targets);
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
	b.v.find();
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
