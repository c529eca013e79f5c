/* SPDX-License-Identifier: GPL-2.0-only */
/* States: what a tested condition tells about them, and when two are one. */
#include "state.h"

value state::get(int p) const
{
	auto it = held.find(p);
	value v;

	if (it != held.end())
		return it->second;
	tree root = places[p].root;
	v.bits = root && !TREE_STATIC(root) && !DECL_EXTERNAL(root) ? DEAD : UNKNOWN;
	return v;
}

bool state::same_handles(const state &o) const { return held == o.held && loans == o.loans; }

template <typename K, typename V> static void keep_common(std::map<K, V> &mine, const std::map<K, V> &other)
{
	for (auto it = mine.begin(); it != mine.end();) {
		auto same = other.find(it->first);
		it = same != other.end() && same->second == it->second ? std::next(it) : mine.erase(it);
	}
}

void state::merge_facts(const state &o)
{
	keep_common(facts, o.facts);
	keep_common(failed, o.failed);
	keep_common(loaded, o.loaded);
	keep_common(tentative, o.tentative);
	keep_common(tentative_places, o.tentative_places);
}

void state::merge_values(const state &o)
{
	merge_facts(o);
	keep_common(loans, o.loans);
	for (auto &[p, v] : o.held)
		if (!held.count(p))
			held[p] = get(p);
	for (auto &[p, v] : held) {
		value w = o.get(p);
		v.bits |= w.bits;
		v.since = v.bits & (GIVEN | DROPPED) && w.bits & (GIVEN | DROPPED) ? w.since : v.since;
		v.unless = v.unless == w.unless ? v.unless : -1;
		v.origin = v.origin == w.origin ? v.origin : -1;
	}
}

void state::forget_name(unsigned version)
{
	for (int p : places_through(version))
		held.erase(p), failed.erase(p);
	for (int t : terms_with(version))
		facts.erase(t);
	loans.erase(version);
	loaded.erase(version);
	tentative.erase(version);
}

void state::forget_place(int changed)
{
	for (auto it = held.begin(); it != held.end();)
		it = place_leads_through(it->first, changed) ? held.erase(it) : std::next(it);
	for (auto it = loaded.begin(); it != loaded.end();)
		it = it->second == changed ? loaded.erase(it) : std::next(it);
	failed.erase(changed);
	tentative_places.erase(changed);
}

int errno_tested_zero(const state &s, int p)
{
	auto it = s.failed.find(p);

	return it == s.failed.end() ? 0 : it->second ? -1 : 1;
}

/* ---- Conditions */

static bool remember(state &s, tree name, fact f)
{
	s.facts[term_of(name)] = f;
	return true;
}

/* What it was computed from by mere copies. */
static tree copied_from(tree t)
{
	for (int depth = 0; TREE_CODE(t) == SSA_NAME && depth < 8; depth++) {
		gimple *def = SSA_NAME_DEF_STMT(t);
		if (!is_gimple_assign(def))
			return t;
		tree_code code = gimple_assign_rhs_code(def);
		if (code != SSA_NAME && code != INTEGER_CST && !CONVERT_EXPR_CODE_P(code))
			return t;
		t = gimple_assign_rhs1(def);
	}
	return t;
}

bool known_constant(const state &s, tree name, HOST_WIDE_INT *c)
{
	tree from = copied_from(name);

	if (TREE_CODE(from) == INTEGER_CST && tree_fits_shwi_p(from)) {
		*c = tree_to_shwi(from);
		return true;
	}
	if (TREE_CODE(name) != SSA_NAME)
		return false;
	auto it = s.facts.find(term_of(name));
	if (it == s.facts.end() || !it->second.is_constant)
		return false;
	*c = it->second.constant;
	return true;
}

/* The handle turned out to be there, or not to be. */
static bool handle_is(state &s, int p, bool there)
{
	value v = s.get(p);

	if (there)
		v.bits &= ~(unsigned)(EMPTY | GIVEN | DROPPED);
	else if (v.bits & (GIVEN | DROPPED | EMPTY) && !(v.bits & UNKNOWN))
		v.bits &= ~(unsigned)OWNS;
	else if (v.bits & UNKNOWN)
		v.bits = EMPTY;
	else
		v.bits &= ~(unsigned)OWNS;
	if (!v.bits)
		return false;
	s.held[p] = v;
	return true;
}

static bool errno_is(state &s, int p, bool zero)
{
	if (auto it = s.failed.find(p); it != s.failed.end())
		return it->second == !zero;
	s.failed[p] = !zero;
	for (auto &[h, v] : s.held)
		if (v.unless == p) {
			v.unless = -1;
			if (!zero)
				v.bits = EMPTY;
		}
	return true;
}

static bool content_is(state &s, tree name, bool zero)
{
	auto it = s.loaded.find(SSA_NAME_VERSION(name));

	if (it == s.loaded.end())
		return true;
	return is_handle_type(places[it->second].type) ? handle_is(s, it->second, !zero) : errno_is(s, it->second, zero);
}

/* What name == 0, or name != 0, says about what name was computed from. */
static bool definition_is(state &s, tree name, bool zero)
{
	gimple *def = SSA_NAME_DEF_STMT(name);

	if (gimple_call_builtin_p(def, BUILT_IN_EXPECT)) {
		tree x = gimple_call_arg(def, 0);
		return TREE_CODE(x) != SSA_NAME || (zero ? assume_equal(s, x, 0) : assume_not(s, x, 0));
	}
	if (!is_gimple_assign(def))
		return true;
	tree_code code = gimple_assign_rhs_code(def);
	tree a = gimple_assign_rhs1(def), b = gimple_assign_rhs2(def);
	if (TREE_CODE_CLASS(code) == tcc_comparison)
		return assume(s, code, a, b, !zero);
	if ((CONVERT_EXPR_CODE_P(code) || code == SSA_NAME) && TREE_CODE(a) == SSA_NAME)
		return zero ? assume_equal(s, a, 0) : assume_not(s, a, 0);
	if (TREE_CODE(TREE_TYPE(name)) != BOOLEAN_TYPE)
		return true;
	if (code == BIT_NOT_EXPR || (code == BIT_XOR_EXPR && integer_onep(b)))
		return zero ? assume_not(s, a, 0) : assume_equal(s, a, 0);
	if (code == BIT_AND_EXPR && !zero)
		return assume(s, NE_EXPR, a, boolean_false_node, true) && assume(s, NE_EXPR, b, boolean_false_node, true);
	if (code == BIT_IOR_EXPR && zero)
		return assume(s, EQ_EXPR, a, boolean_false_node, true) && assume(s, EQ_EXPR, b, boolean_false_node, true);
	return true;
}

bool assume_equal(state &s, tree name, HOST_WIDE_INT c)
{
	int term = term_of(name);

	if (auto it = s.facts.find(term); it != s.facts.end()) {
		if (it->second.is_constant)
			return it->second.constant == c;
		if (c == 0)
			return false;
	}
	if (!content_is(s, name, c == 0))
		return false;
	if ((c == 0 || TREE_CODE(TREE_TYPE(name)) == BOOLEAN_TYPE) && !definition_is(s, name, c == 0))
		return false;
	return remember(s, name, { true, c });
}

bool assume_not(state &s, tree name, HOST_WIDE_INT c)
{
	HOST_WIDE_INT is;

	if (known_constant(s, name, &is))
		return is != c;
	if (TREE_CODE(TREE_TYPE(name)) == BOOLEAN_TYPE)
		return assume_equal(s, name, !c);
	if (c != 0)
		return true;
	if (!content_is(s, name, false) || !definition_is(s, name, false))
		return false;
	return remember(s, name, { false, 0 });
}

static bool compare(tree_code code, HOST_WIDE_INT a, HOST_WIDE_INT b)
{
	switch (code) {
	case EQ_EXPR: return a == b;
	case NE_EXPR: return a != b;
	case LT_EXPR: return a < b;
	case LE_EXPR: return a <= b;
	case GT_EXPR: return a > b;
	default: return a >= b;
	}
}

/* Remembers how a comparison came out, in one form for all ways to write it: a < b, a <= constant. */
static bool remember_order(state &s, tree_code code, tree a, tree b, HOST_WIDE_INT cb, bool b_known, bool truth)
{
	if (b_known) {
		if (code == GT_EXPR || code == GE_EXPR)
			truth = !truth;
		if ((code == LT_EXPR || code == GE_EXPR) && cb != INT64_MIN)
			cb--;
	} else {
		if (code == GT_EXPR || code == LE_EXPR)
			std::swap(a, b);
		if (code == LE_EXPR || code == GE_EXPR)
			truth = !truth;
	}
	int term = b_known ? term_of_bound(a, cb) : term_of_order(a, b);
	auto [it, is_new] = s.facts.insert({ term, { true, truth } });
	return is_new || it->second.constant == truth;
}

bool assume(state &s, tree_code code, tree a, tree b, bool truth)
{
	HOST_WIDE_INT ca, cb;
	bool a_known = known_constant(s, a, &ca), b_known = known_constant(s, b, &cb);

	if (a_known && b_known && (code == EQ_EXPR || code == NE_EXPR || !TYPE_UNSIGNED(TREE_TYPE(a))))
		return compare(code, ca, cb) == truth;
	if (a_known && !b_known && (code == EQ_EXPR || code == NE_EXPR)) {
		std::swap(a, b);
		std::swap(ca, cb);
		b_known = true;
	}
	if (TREE_CODE(a) != SSA_NAME || (!b_known && TREE_CODE(b) != SSA_NAME))
		return true;
	if (code == EQ_EXPR || code == NE_EXPR) {
		if (b_known)
			return (code == EQ_EXPR) == truth ? assume_equal(s, a, cb) : assume_not(s, a, cb);
		auto [it, is_new] = s.facts.insert({ term_of_equality(a, b), { true, (code == EQ_EXPR) == truth } });
		return is_new || it->second.constant == ((code == EQ_EXPR) == truth);
	}
	if (code != LT_EXPR && code != LE_EXPR && code != GT_EXPR && code != GE_EXPR)
		return true;
	/* a < 0 or a > 0, when true: not 0. */
	if (truth && b_known && cb == 0 && (code == LT_EXPR || code == GT_EXPR) && !assume_not(s, a, 0))
		return false;
	return remember_order(s, code, a, b, cb, b_known, truth);
}
