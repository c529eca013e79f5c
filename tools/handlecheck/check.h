/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the families of rules share. Each family is one .cc file that puts FAMILY(its_register) at file level; the
 * function registers the family's passes and callbacks once, when the plugin is loaded. Findings go through report().
 */
#pragma once
#include "gcc-plugin.h"
#include "tree.h"
#include "gimple.h"
#include "gimple-iterator.h"
#include "tree-pass.h"
#include "context.h"
#include "diagnostic.h"
#include "stringpool.h"
#include "attribs.h"
#include "ssa.h"
#include "cgraph.h"
#include <string>
#include <vector>

/* ---- Families */

struct family {
	void (*register_rules)(const char *plugin_name);
	family *next;
	static family *first;

	explicit family(void (*fn)(const char *)) : register_rules(fn), next(first) { first = this; }
};
#define FAMILY(fn) static family family_of_this_file(fn);

/* Runs fn on each function in SSA form, before anything is inlined or optimised, with cfun set. */
void each_function_in_ssa(const char *plugin_name, const char *pass_name, unsigned (*fn)(function *));

/* The value of -fplugin-arg-handlecheck-NAME=VALUE; NULL: not given. */
const char *plugin_argument(const char *name);

/* ---- What the headers say: checked_as(role) on a type or a declaration. */

/* True when the declaration, or the type (through its typedefs and qualifiers), carries the role. */
bool has_role(const_tree decl_or_type, const char *role);

/* ---- Findings */

/* True when unsafe_because() stands in this block (a BLOCK, or NULL) or in one around it. */
bool excused(const_tree block);
/* The block of a local declaration of the function at hand, or NULL. */
tree block_of_decl(tree decl);

/*
 * An error "message [rule]", in one line, at the place where the user wrote what is wrong (never inside a macro). block is
 * where it stands: excused there, nothing is said. The message ends with what to do. The same finding at the same
 * place is said once. fmt is GCC's: %qE, %qD, %qT, %qs.
 */
bool report(location_t where, const_tree block, const char *rule, const char *fmt, ...);
/* Says them all: the plugin's last callback. */
void findings_say(void *, void *);
/* The same for a statement. */
#define report_at(stmt, rule, ...) report(gimple_location(stmt), gimple_block(stmt), rule, __VA_ARGS__)
