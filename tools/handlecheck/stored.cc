/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where functions are stored: in fields (told apart by structure and field), in variables, in parameters; by assignments,
 * initialisers and calls. And the slots whose functions are called in a given context.
 */
#include "sleep.h"

static std::string field_id(tree field);

static void flow(const std::string &from, const std::string &to)
{
	if (from != to)
		fprintf(summary, "flow\t%s\t%s\n", from.c_str(), to.c_str());
}

static bool is_function_pointer(const_tree type)
{
	return POINTER_TYPE_P(type) && TREE_CODE(TREE_TYPE(type)) == FUNCTION_TYPE;
}

/* Functions that stand in a constant are all there are: a call through the constant itself reaches no others. */
static bool is_table(tree t)
{
	return VAR_P(t) && TREE_READONLY(t) && (TREE_STATIC(t) || DECL_EXTERNAL(t));
}

static std::string parameter_id(tree param)
{
	int n = 0;

	for (tree p = DECL_ARGUMENTS(DECL_CONTEXT(param)); p && p != param; p = DECL_CHAIN(p))
		n++;
	return "p:" + id_of(DECL_CONTEXT(param)) + "#" + std::to_string(n);
}

/* The slot that a memory operand is, or "": a field of a named variable, of any structure of its type, or a variable. */
static std::string slot_of(tree t)
{
	while (TREE_CODE(t) == ARRAY_REF)
		t = TREE_OPERAND(t, 0);
	if (TREE_CODE(t) == COMPONENT_REF) {
		tree field = TREE_OPERAND(t, 1), of = TREE_OPERAND(t, 0);
		if (!DECL_NAME(field))
			return "";
		return is_table(of) ? "v:" + id_of(of) + "." + text_of(DECL_NAME(field)) : field_id(field);
	}
	if (VAR_P(t))
		return "v:" + id_of(t);
	return "";
}

/* All that the value may be: functions, slots, parameters. */
static void sources(tree v, std::set<std::string> *found, std::set<tree> *seen)
{
	if (!v || !seen->insert(v).second)
		return;
	if (TREE_CODE(v) == ADDR_EXPR && TREE_CODE(TREE_OPERAND(v, 0)) == FUNCTION_DECL) {
		found->insert("f:" + id_of(TREE_OPERAND(v, 0)));
		return;
	}
	if (TREE_CODE(v) != SSA_NAME) {
		std::string slot = DECL_P(v) || TREE_CODE(v) == COMPONENT_REF || TREE_CODE(v) == ARRAY_REF
					   ? slot_of(v)
					   : "";
		if (!slot.empty())
			found->insert(slot);
		return;
	}
	gimple *def = SSA_NAME_DEF_STMT(v);
	if (SSA_NAME_IS_DEFAULT_DEF(v)) {
		if (SSA_NAME_VAR(v) && TREE_CODE(SSA_NAME_VAR(v)) == PARM_DECL)
			found->insert(parameter_id(SSA_NAME_VAR(v)));
	} else if (gphi *phi = dyn_cast<gphi *>(def)) {
		for (unsigned i = 0; i < gimple_phi_num_args(phi); i++)
			sources(gimple_phi_arg_def(phi, i), found, seen);
	} else if (is_gimple_assign(def)) {
		sources(gimple_assign_rhs1(def), found, seen);
	}
}

std::set<std::string> sources_of(tree v)
{
	std::set<std::string> found;
	std::set<tree> seen;

	sources(v, &found, &seen);
	return found;
}

void stores_of(gimple *stmt)
{
	if (!gimple_assign_single_p(stmt))
		return;
	tree to = gimple_assign_lhs(stmt);
	if (!is_function_pointer(TREE_TYPE(to)) || TREE_CODE(to) == SSA_NAME)
		return;
	std::string slot = slot_of(to);
	if (!slot.empty())
		for (const std::string &from : sources_of(gimple_assign_rhs1(stmt)))
			flow(from, slot);
}

void arguments_of(gcall *call, const std::string &callee)
{
	for (unsigned i = 0; i < gimple_call_num_args(call); i++) {
		tree arg = gimple_call_arg(call, i);
		if (is_function_pointer(TREE_TYPE(arg)))
			for (const std::string &from : sources_of(arg))
				flow(from, "p:" + callee + "#" + std::to_string(i));
	}
}

/* Functions in the initialiser of a variable of the file; table: its name, if calls through it are told apart. */
static void initialiser_of(tree value, const std::string &slot, const std::string &table)
{
	unsigned i;
	tree index, v;

	if (!value)
		return;
	STRIP_NOPS(value);
	if (TREE_CODE(value) == ADDR_EXPR && TREE_CODE(TREE_OPERAND(value, 0)) == FUNCTION_DECL && !slot.empty())
		flow("f:" + id_of(TREE_OPERAND(value, 0)), slot);
	if (TREE_CODE(value) == ADDR_EXPR && TREE_CODE(TREE_OPERAND(value, 0)) == COMPOUND_LITERAL_EXPR)
		initialiser_of(DECL_INITIAL(COMPOUND_LITERAL_EXPR_DECL(TREE_OPERAND(value, 0))), slot, "");
	if (TREE_CODE(value) != CONSTRUCTOR)
		return;
	FOR_EACH_CONSTRUCTOR_ELT(CONSTRUCTOR_ELTS(value), i, index, v) {
		bool is_field = index && TREE_CODE(index) == FIELD_DECL && DECL_NAME(index);
		if (is_field && !table.empty())
			initialiser_of(v, "v:" + table + "." + text_of(DECL_NAME(index)), "");
		initialiser_of(v, is_field ? field_id(index) : slot, "");
	}
}

/* ---- The unit */

static std::string field_id(tree field)
{
	std::string of = name_of_type(DECL_CONTEXT(field));

	return "o:" + (of.empty() ? place_of(DECL_SOURCE_LOCATION(field)) : of) + "." + text_of(DECL_NAME(field));
}

static void unit_parsed(void *, void *)
{
	varpool_node *v;

	FOR_EACH_VARIABLE(v)
	if (DECL_INITIAL(v->decl) && DECL_INITIAL(v->decl) != error_mark_node)
		initialiser_of(DECL_INITIAL(v->decl), "v:" + id_of(v->decl), is_table(v->decl) ? id_of(v->decl) : "");
}

static void slot_parsed(void *data, void *)
{
	tree type = static_cast<tree>(data);

	if (!summary || !RECORD_OR_UNION_TYPE_P(type))
		return;
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f))
		if (TREE_CODE(f) == FIELD_DECL && DECL_NAME(f) && has_role(f, "atomic"))
			fprintf(summary, "slot\t%s\tatomic\n", field_id(f).c_str());
}

static void variable_parsed(void *data, void *)
{
	tree var = static_cast<tree>(data);

	if (summary && VAR_P(var) && has_role(var, "atomic"))
		fprintf(summary, "slot\tv:%s\tatomic\n", id_of(var).c_str());
}

static void register_stored(const char *name)
{
	if (!plugin_argument("sum"))
		return;
	register_callback(name, PLUGIN_FINISH_TYPE, slot_parsed, NULL);
	register_callback(name, PLUGIN_FINISH_DECL, variable_parsed, NULL);
	register_callback(name, PLUGIN_ALL_IPA_PASSES_START, unit_parsed, NULL);
}
FAMILY(register_stored)
