/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the statements of a function do to the handles of a state. The macros of the handle core are seen as they expand;
 * their variables carry roles: "give" and "drop" take a handle out of where it is, "carrier", "attempt" and "opened" pass a
 * value on, "put" points to a field that owns nothing.
 */
#pragma once
#include "flow.h"

/* moves.cc: a handle leaves one place and comes into another. */

/* MOVE_RESULT: a result as a whole, with its errno; it has no give(). */
enum manner { MOVE, GIVE, DROP, MOVE_RESULT, COPY };
manner manner_of(int from, const_tree to_root);
value take(state &s, gimple *stmt, int p, manner how);
void put(state &s, gimple *stmt, int p, value v);
void put_all(state &s, gimple *stmt, int p, unsigned bits);
void move(state &s, gimple *stmt, tree lhs, tree rhs);
/* Reports when the handle in p is not there for certain. */
void need(state &s, gimple *stmt, int p);
/* What at() lent from the place may not be used any more. */
void end_loans(state &s, int from, const char *by, location_t where);
const char *shown(int p);
bool is_draft(int p);

/* assign.cc */
void compute(state &s, gassign *stmt);
void store(state &s, gassign *stmt);
/* True when the statement puts the value of attempt() into its variable. */
bool settles_attempted(gimple *stmt);

/* calls.cc */
void pass_arguments(state &s, gcall *call);
void receive(state &s, gcall *call);
void leave_function(state &s, greturn *stmt);

/* uses.cc: pointers that outlive what they were lent from, values whose errno nobody looked at. */
void check_uses(state &s, gimple *stmt);
void check_tentative(state &s, location_t where, tree block, tree name);
