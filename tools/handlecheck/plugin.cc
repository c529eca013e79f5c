/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handle checker, a plugin for the distribution's GCC: loading it, the one attribute it gives to the kernel's
 * headers, and the passes of its families of rules. README.md says what each rule is.
 */
#include "check.h"
#include "plugin-version.h"
#include <cstring>

int plugin_is_GPL_compatible;

family *family::first;
static plugin_name_args *arguments;

/* The attribute itself: murre_checked("role"), which checked_as(role) spells. */
static attribute_spec checked_attribute;

static tree check_attribute_use(tree *, tree name, tree args, int, bool *drop)
{
	if (TREE_CODE(TREE_VALUE(args)) == STRING_CST)
		return NULL_TREE;
	error("%qE takes one string", name);
	*drop = true;
	return NULL_TREE;
}

static void register_attribute(void *, void *)
{
	checked_attribute.name = "murre_checked";
	checked_attribute.min_length = checked_attribute.max_length = 1;
	checked_attribute.handler = check_attribute_use;
	register_attribute(&checked_attribute);
}

static bool attributes_have(tree list, const char *role)
{
	for (tree a = lookup_attribute("murre_checked", list); a; a = lookup_attribute("murre_checked", TREE_CHAIN(a)))
		if (strcmp(TREE_STRING_POINTER(TREE_VALUE(TREE_VALUE(a))), role) == 0)
			return true;
	return false;
}

bool has_role(const_tree t, const char *role)
{
	if (!t)
		return false;
	if (DECL_P(t))
		return attributes_have(DECL_ATTRIBUTES(t), role);
	return TYPE_P(t) && attributes_have(TYPE_ATTRIBUTES(TYPE_MAIN_VARIANT(t)), role);
}

const char *plugin_argument(const char *name)
{
	for (int i = 0; i < arguments->argc; i++)
		if (strcmp(arguments->argv[i].key, name) == 0)
			return arguments->argv[i].value ? arguments->argv[i].value : "";
	return NULL;
}

/* ---- Passes */

namespace {
const pass_data ssa_pass_data = { GIMPLE_PASS, "handlecheck", OPTGROUP_NONE, TV_NONE, PROP_ssa | PROP_cfg, 0, 0, 0, 0 };

class ssa_pass : public gimple_opt_pass {
public:
	ssa_pass(gcc::context *c, unsigned (*fn)(function *)) : gimple_opt_pass(ssa_pass_data, c), run(fn) {}
	unsigned execute(function *f) override { return run(f); }
	unsigned (*run)(function *);
};
}

void each_function_in_ssa(const char *plugin_name, const char *pass_name, unsigned (*fn)(function *))
{
	ssa_pass *pass = new ssa_pass(g, fn);
	register_pass_info info = { pass, "ssa", 1, PASS_POS_INSERT_AFTER };

	pass->name = pass_name;
	register_callback(plugin_name, PLUGIN_PASS_MANAGER_SETUP, NULL, &info);
}

int plugin_init(plugin_name_args *args, plugin_gcc_version *version)
{
	if (!plugin_default_version_check(version, &gcc_version)) {
		error("handlecheck was built for GCC %s and cannot be loaded into GCC %s", gcc_version.basever, version->basever);
		return 1;
	}
	arguments = args;
	register_callback(args->base_name, PLUGIN_ATTRIBUTES, register_attribute, NULL);
	/* Callbacks run last in, first out: the findings of all families are there by then. */
	register_callback(args->base_name, PLUGIN_FINISH, findings_say, NULL);
	for (family *f = family::first; f; f = f->next)
		f->register_rules(args->base_name);
	return 0;
}
