/* SPDX-License-Identifier: GPL-2.0-only */
/* Moves: a handle has one owner at a time; taking it out of a place and putting it into one. */
#include "owned.h"
#include <cstring>

const char *shown(int p) { return places[p].shown.c_str(); }

/* The name of a macro's variable tells the user nothing. */
static const char *shown_value(int p) { return is_carrier(places[p].root) ? "the handle" : shown(p); }

bool is_draft(int p)
{
	tree name = TYPE_NAME(places[p].type);
	const char *s = name ? IDENTIFIER_POINTER(TREE_CODE(name) == TYPE_DECL ? DECL_NAME(name) : name) : "";
	size_t n = strlen(s);

	return n > 6 && strcmp(s + n - 6, "_draft") == 0;
}

/* ---- Loans: pointers from at() */

void end_loans(state &s, int from, const char *by, location_t where)
{
	for (auto &[version, l] : s.loans)
		if (l.from == from && !l.ended)
			l.ended = by, l.ended_at = where;
}

/* ---- Reading a handle */

/* Reports when the handle in p is not there for certain; what is wrong with it is said once. */
void need(state &s, gimple *stmt, int p)
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

manner manner_of(int from, const_tree to_root)
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

value take(state &s, gimple *stmt, int p, manner how)
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

void put(state &s, gimple *stmt, int p, value v)
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

void move(state &s, gimple *stmt, tree lhs, tree rhs)
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

void put_all(state &s, gimple *stmt, int p, unsigned bits)
{
	for (int h : handles_in(p)) {
		value v;
		v.bits = bits;
		v.since = gimple_location(stmt);
		put(s, stmt, h, v);
	}
}
