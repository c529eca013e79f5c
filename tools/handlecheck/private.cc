/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only an owner may touch: fields and functions whose names end in `_`, casts between kinds of address, container_of,
 * and handles or permits out of nothing. Who wrote a token decides, so the expansion of a macro belongs to the file that
 * the macro stands in: a header's macro may what the caller's own file may not. Bodies are looked at as they were parsed;
 * what the parser folds away (offsetof, designators) is found among the tokens of the file.
 */
#include "check.h"
#include "place.h"
#include "written.h"
#include "langhooks.h"
#include "tree-iterator.h"
#include <cstring>
#include <map>
#include <set>

/* ---- Names */

static bool is_private_name(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && name[n - 1] == '_' && name[n - 2] != '_' && name[0] != '_';
}

static bool is_private_decl(const_tree decl)
{
	return decl && DECL_NAME(decl) && is_private_name(IDENTIFIER_POINTER(DECL_NAME(decl)));
}

/* A handle, a token, a result, a user address: all of it is private; or a permit such as can_sleep. */
static bool is_sealed(const_tree type)
{
	unsigned fields = 0;

	if (!type || TREE_CODE(type) != RECORD_TYPE)
		return false;
	if (has_role(type, "permit") || has_role(type, "handle"))
		return true;
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f)) {
		if (TREE_CODE(f) != FIELD_DECL)
			continue;
		if (!is_private_decl(f))
			return false;
		fields++;
	}
	return fields > 0;
}

/* The file that writes a type's private fields may make one. */
static bool is_declared_in(const_tree type, const std::string &file)
{
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f))
		if (TREE_CODE(f) == FIELD_DECL && written_in(DECL_SOURCE_LOCATION(f)) == file)
			return true;
	return false;
}

/* Private fields and functions, and the files that declare them: where they are spelled, and where a macro makes them. */
static std::map<std::string, std::set<std::string>> owners;

static void remember_owner(tree decl)
{
	if (!is_private_decl(decl))
		return;
	std::set<std::string> &files = owners[IDENTIFIER_POINTER(DECL_NAME(decl))];
	files.insert(written_in(DECL_SOURCE_LOCATION(decl)));
	files.insert(used_in(DECL_SOURCE_LOCATION(decl)));
}

/* ---- Casts */

static bool is_number(const_tree type)
{
	return TREE_CODE(type) == INTEGER_TYPE || TREE_CODE(type) == ENUMERAL_TYPE;
}

static bool takes_no_room(const_tree type)
{
	return TYPE_P(type) && TYPE_SIZE_UNIT(type) && integer_zerop(TYPE_SIZE_UNIT(type));
}

/* A number in a struct of its own: paddr_t, user_addr, nsec_t. */
static bool is_wrapped_number(const_tree type)
{
	unsigned numbers = 0;

	if (TREE_CODE(type) != RECORD_TYPE)
		return false;
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f)) {
		if (TREE_CODE(f) != FIELD_DECL || takes_no_room(TREE_TYPE(f)))
			continue;
		if (!is_number(TREE_TYPE(f)))
			return false;
		numbers++;
	}
	return numbers == 1;
}

static bool is_byte(const_tree type)
{
	return is_number(type) && TYPE_PRECISION(type) == 8;
}

/* Bytes of anything may be looked at through void and character pointers, but those of a sealed type. */
static bool is_unrelated(tree from, tree to)
{
	tree f = TYPE_MAIN_VARIANT(TREE_TYPE(from)), t = TYPE_MAIN_VARIANT(TREE_TYPE(to));

	while (TREE_CODE(f) == ARRAY_TYPE)
		f = TYPE_MAIN_VARIANT(TREE_TYPE(f));
	while (TREE_CODE(t) == ARRAY_TYPE)
		t = TYPE_MAIN_VARIANT(TREE_TYPE(t));
	if (f == t || VOID_TYPE_P(f) || VOID_TYPE_P(t) || lang_hooks.types_compatible_p(f, t))
		return false;
	if (TREE_CODE(f) == FUNCTION_TYPE || TREE_CODE(t) == FUNCTION_TYPE)
		return !lang_hooks.types_compatible_p(f, t);
	if (is_number(f) && is_number(t))
		return TYPE_PRECISION(f) != TYPE_PRECISION(t) && !is_byte(t);
	return !is_byte(t) || is_sealed(f) || is_wrapped_number(f);
}

/* ---- The walk through a body */

namespace {
struct walker {
	tree block;
	location_t where;
	std::set<tree> *seen;
};
}

static void walk(tree t, walker w);

/* Reports at w unless the file that wrote it may. */
static void report_written(walker *w, const char *rule, const char *fmt, tree a, tree b)
{
	if (!in_core(written_in(w->where)))
		report(w->where, w->block, rule, fmt, a, b);
}

/* GCC's atomic operations work on integers: pointers are converted on the way in and out, which nobody wrote. */
static bool is_atomic_call(tree t)
{
	tree fn = t && TREE_CODE(t) == CALL_EXPR ? get_callee_fndecl(t) : NULL_TREE;

	return fn && fndecl_built_in_p(fn, BUILT_IN_NORMAL) &&
	       strncmp(IDENTIFIER_POINTER(DECL_NAME(fn)), "__atomic_", 9) == 0;
}

static void look_at_cast(tree t, walker *w)
{
	tree to = TREE_TYPE(t), what = TREE_OPERAND(t, 0);

	/* By way of void * is a cast as well. */
	while (CONVERT_EXPR_P(what) && POINTER_TYPE_P(TREE_TYPE(what)) && VOID_TYPE_P(TREE_TYPE(TREE_TYPE(what))))
		what = TREE_OPERAND(what, 0);
	tree from = TREE_TYPE(what);
	if (is_atomic_call(what))
		return;
	if (!to || !from || to == error_mark_node || from == error_mark_node)
		return;
	if (POINTER_TYPE_P(to) && is_number(from) && !integer_zerop(what))
		report_written(w, "address-cast",
			       "a number becomes a pointer: take the pointer from what owns the memory", from, to);
	else if (POINTER_TYPE_P(from) && is_number(to))
		report_written(w, "address-cast",
			       "a pointer becomes a number: keep the pointer, or ask pointer_value()", from, to);
	else if (POINTER_TYPE_P(to) && POINTER_TYPE_P(from) && is_unrelated(from, to))
		report_written(w, "address-cast", "%qT is taken for %qT: give the memory one type", from, to);
}

static void look_at_literal(tree t, walker w)
{
	w.where = DECL_SOURCE_LOCATION(COMPOUND_LITERAL_EXPR_DECL(t));
	if (has_role(TREE_TYPE(t), "permit") && !has_role(current_function_decl, "sleeps"))
		report(w.where, w.block, "may-sleep",
		       "the right to sleep out of nothing in %qD: take cs, or declare it may_sleep",
		       current_function_decl);
	if (is_sealed(TREE_TYPE(t)) && !is_declared_in(TREE_TYPE(t), written_in(w.where)))
		report_written(&w, "forged", "%qT out of nothing: it comes from the function that grants it",
			       TREE_TYPE(t), NULL);
}

static void look_at_variable(tree var, walker w)
{
	if (!VAR_P(var) || DECL_EXTERNAL(var))
		return;
	w.where = DECL_SOURCE_LOCATION(var);
	tree init = DECL_INITIAL(var);
	if (init && init != error_mark_node && TREE_CODE(init) == CONSTRUCTOR && is_sealed(TREE_TYPE(var)) &&
	    !is_declared_in(TREE_TYPE(var), written_in(w.where)))
		report_written(&w, "forged", "%qT out of nothing: it comes from the function that grants it",
			       TREE_TYPE(var), NULL);
	if (!init && has_role(TREE_TYPE(var), "permit"))
		report_written(&w, "forged", "%qT out of nothing: take it as a parameter", TREE_TYPE(var), NULL);
	if (init && !TREE_STATIC(var))
		walk(DECL_INITIAL(var), w);
}

static void look_into_block(tree bind, walker w)
{
	if (BIND_EXPR_BLOCK(bind))
		w.block = BIND_EXPR_BLOCK(bind);
	for (tree v = BIND_EXPR_VARS(bind); v; v = DECL_CHAIN(v))
		look_at_variable(v, w);
	walk(BIND_EXPR_BODY(bind), w);
}

/* memcpy() and memmove() make two owners of one. */
static void look_at_copy(tree call, walker *w)
{
	tree fn = get_callee_fndecl(call);
	std::string name = fn && DECL_NAME(fn) ? IDENTIFIER_POINTER(DECL_NAME(fn)) : "";

	if (name.compare(0, 10, "__builtin_") == 0)
		name.erase(0, 10);
	if ((name != "memcpy" && name != "memmove") || call_expr_nargs(call) < 2)
		return;
	tree from = CALL_EXPR_ARG(call, 1);
	STRIP_NOPS(from);
	if (POINTER_TYPE_P(TREE_TYPE(from)) && owning_type(TREE_TYPE(TREE_TYPE(from))))
		report_written(w, "handle-copied", "%qT is copied as bytes, and two would own: move its handles with give()",
			       TREE_TYPE(TREE_TYPE(from)), NULL);
}

static void look(tree t, walker *w)
{
	switch (TREE_CODE(t)) {
	case CALL_EXPR:
		look_at_copy(t, w);
		break;
	CASE_CONVERT:
	case VIEW_CONVERT_EXPR:
		look_at_cast(t, w);
		break;
	case COMPOUND_LITERAL_EXPR:
		look_at_literal(t, *w);
		break;
	default:
		break;
	}
}

/* Into the parts of t; what has no place of its own stands where the whole stands. */
static void walk_parts(tree t, walker w)
{
	switch (TREE_CODE(t)) {
	case STATEMENT_LIST:
		for (tree_stmt_iterator i = tsi_start(t); !tsi_end_p(i); tsi_next(&i))
			walk(tsi_stmt(i), w);
		break;
	case BIND_EXPR:
		look_into_block(t, w);
		break;
	case CONSTRUCTOR: {
		unsigned i;
		tree value;
		FOR_EACH_CONSTRUCTOR_VALUE(CONSTRUCTOR_ELTS(t), i, value)
			walk(value, w);
		break;
	}
	case CALL_EXPR:
		walk(CALL_EXPR_FN(t), w);
		for (int i = 0; i < call_expr_nargs(t); i++) {
			tree arg = CALL_EXPR_ARG(t, i);
			walk(is_atomic_call(t) && CONVERT_EXPR_P(arg) ? TREE_OPERAND(arg, 0) : arg, w);
		}
		break;
	case COMPOUND_LITERAL_EXPR:
		walk(DECL_INITIAL(COMPOUND_LITERAL_EXPR_DECL(t)), w);
		break;
	default:
		for (int i = 0; EXPR_P(t) && i < TREE_OPERAND_LENGTH(t); i++)
			walk(TREE_OPERAND(t, i), w);
	}
}

static void walk(tree t, walker w)
{
	if (!t || t == error_mark_node || TYPE_P(t) || DECL_P(t))
		return;
	if ((TREE_CODE(t) == SAVE_EXPR || TREE_CODE(t) == TARGET_EXPR) && !w.seen->insert(t).second)
		return;
	if (EXPR_HAS_LOCATION(t))
		w.where = EXPR_LOCATION(t);
	look(t, &w);
	walk_parts(t, w);
}

static void body_parsed(void *data, void *)
{
	tree fn = static_cast<tree>(data);
	std::set<tree> seen;

	if (TREE_CODE(fn) == FUNCTION_DECL)
		remember_owner(fn);
	if (TREE_CODE(fn) == FUNCTION_DECL && DECL_SAVED_TREE(fn) && !in_system_header_at(DECL_SOURCE_LOCATION(fn)))
		walk(DECL_SAVED_TREE(fn), { DECL_INITIAL(fn), DECL_SOURCE_LOCATION(fn), &seen });
}

/* Variables of the file; those of functions are met in their bodies. */
static void decl_parsed(void *data, void *)
{
	tree var = static_cast<tree>(data);

	if (VAR_P(var) && TREE_STATIC(var) && !in_system_header_at(DECL_SOURCE_LOCATION(var))) {
		std::set<tree> seen;
		walker w = { NULL_TREE, DECL_SOURCE_LOCATION(var), &seen };
		if (!current_function_decl)
			look_at_variable(var, w);
		if (DECL_INITIAL(var) && DECL_INITIAL(var) != error_mark_node)
			walk(DECL_INITIAL(var), w);
	}
}

/* ---- Types */

static void look_at_union(tree type)
{
	tree wrapped = NULL_TREE, other = NULL_TREE;

	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f)) {
		if (TREE_CODE(f) != FIELD_DECL || !DECL_NAME(f))
			continue;
		tree t = TREE_TYPE(f);
		if (is_sealed(t) || is_wrapped_number(t))
			wrapped = wrapped ? wrapped : f;
		if (is_number(t) || POINTER_TYPE_P(t))
			other = f;
	}
	if (wrapped && other && !in_core(written_in(DECL_SOURCE_LOCATION(wrapped))))
		report(DECL_SOURCE_LOCATION(other), NULL_TREE, "address-cast",
		       "%qD lies over %qD and unwraps it: convert it by its functions", other, wrapped);
}

static void type_parsed(void *data, void *)
{
	tree type = static_cast<tree>(data);

	if (!RECORD_OR_UNION_TYPE_P(type))
		return;
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f))
		if (TREE_CODE(f) == FIELD_DECL)
			remember_owner(f);
	if (TREE_CODE(type) == UNION_TYPE)
		look_at_union(type);
}

/* ---- Tokens and macros of the file */

static void private_written(const token &t)
{
	auto known = owners.find(t.text);

	if (known != owners.end() && !known->second.count(t.file))
		report(t.where(), NULL_TREE, "private-name",
		       "%qs belongs to the file that declares it: use that file's functions and macros",
		       t.text.c_str());
}

static void tokens_look(void)
{
	for (const std::string &file : files_of_unit()) {
		if (in_core(file))
			continue;
		for (const token &t : tokens_of(file)) {
			if (t.excused)
				continue;
			if (is_private_name(t.text.c_str()))
				private_written(t);
			if (t.text == "container_of")
				report(t.where(), NULL_TREE, "container-of",
				       "container_of outside the handle core: EMBEDDED(outer, inner, member) gives a "
				       "typed function");
		}
	}
}

static void unit_ends(void *, void *)
{
	tokens_look();
}

static void register_private(const char *name)
{
	register_callback(name, PLUGIN_PRE_GENERICIZE, body_parsed, NULL);
	register_callback(name, PLUGIN_FINISH_DECL, decl_parsed, NULL);
	register_callback(name, PLUGIN_FINISH_TYPE, type_parsed, NULL);
	register_callback(name, PLUGIN_FINISH, unit_ends, NULL);
}
FAMILY(register_private)
