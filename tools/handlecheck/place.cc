/* SPDX-License-Identifier: GPL-2.0-only */
/* Places and terms of the function at hand: their keys, and what depends on what. */
#include "place.h"
#include <cstring>
#include <map>

std::vector<place> places;
static std::map<std::string, int> place_by_key, term_by_key;
static std::map<unsigned, std::vector<int>> places_by_name, terms_by_name;
static std::map<tree, bool> types_known;

/* How deep definitions are followed. */
enum { DEPTH_MAX = 12 };

/* A path as it is put together. */
struct path {
	std::string key, shown, arrow;
	tree type = NULL_TREE, root = NULL_TREE, start = NULL_TREE;
	int parent = -1;
	std::vector<unsigned> names;
	bool ok = false;
};

static path reference_path(tree t, int depth);

void places_clear(function *)
{
	places.clear();
	place_by_key.clear();
	term_by_key.clear();
	places_by_name.clear();
	terms_by_name.clear();
	types_known.clear();
}

static int intern(const path &p)
{
	if (!p.ok)
		return -1;
	auto [it, is_new] = place_by_key.insert({ p.key, (int)places.size() });
	if (is_new) {
		places.push_back({ p.key, p.shown, p.arrow, p.type, p.root, p.start, p.parent, p.names });
		for (unsigned v : p.names)
			places_by_name[v].push_back(it->second);
	}
	return it->second;
}

static std::string number(unsigned long n) { return std::to_string(n); }

static std::string name_text(const_tree decl)
{
	return DECL_NAME(decl) ? IDENTIFIER_POINTER(DECL_NAME(decl)) : "the value";
}

static path declaration_path(tree decl)
{
	path p;

	p.key = "v" + number(DECL_UID(decl));
	p.shown = name_text(decl);
	p.type = TREE_TYPE(decl);
	p.root = p.start = decl;
	p.ok = true;
	return p;
}

static path field_path(path outer, tree field)
{
	path p = outer;

	p.parent = intern(outer);
	p.key += "." + number(DECL_UID(field));
	if (field_is(field, "grd_data_") && outer.shown.compare(0, 3, "in(") == 0)
		p.shown = outer.shown;			/* the lock itself is not what anybody wrote */
	else
		p.shown = outer.arrow.empty() ? outer.shown + "." + name_text(field) : outer.arrow + "->" + name_text(field);
	p.arrow = field_is(field, "grd_data_") ? outer.arrow : "";
	p.type = TREE_TYPE(field);
	return p;
}

/* ---- Values of SSA names */

/* Pointers that are loaded from the same place are the same to a path; a term is one value: what one load gave. */
enum key_kind { OF_PATH, OF_TERM };
static std::string value_key(tree t, std::vector<unsigned> &names, int depth, key_kind kind);

static std::string leaf_key(tree name, std::vector<unsigned> &names)
{
	names.push_back(SSA_NAME_VERSION(name));
	return "s" + number(SSA_NAME_VERSION(name));
}

static std::string assigned_key(tree name, gassign *def, std::vector<unsigned> &names, int depth, key_kind kind)
{
	tree_code code = gimple_assign_rhs_code(def);
	tree a = gimple_assign_rhs1(def), b = gimple_assign_rhs2(def);

	if (gimple_assign_single_p(def)) {
		if (is_gimple_min_invariant(a) || TREE_CODE(a) == SSA_NAME)
			return value_key(a, names, depth + 1, kind);
		if (!POINTER_TYPE_P(TREE_TYPE(name)) || (kind == OF_TERM && TREE_CODE(a) != ADDR_EXPR))
			return leaf_key(name, names);
		path from = reference_path(TREE_CODE(a) == ADDR_EXPR ? TREE_OPERAND(a, 0) : a, depth + 1);
		if (!from.ok)
			return leaf_key(name, names);
		names.insert(names.end(), from.names.begin(), from.names.end());
		return (TREE_CODE(a) == ADDR_EXPR ? "&" : "*") + from.key;
	}
	if (CONVERT_EXPR_CODE_P(code))
		return value_key(a, names, depth + 1, kind);
	if (TREE_CODE_CLASS(code) == tcc_binary || TREE_CODE_CLASS(code) == tcc_comparison)
		return "(" + value_key(a, names, depth + 1, kind) + " " + get_tree_code_name(code) + " " +
		       value_key(b, names, depth + 1, kind) + ")";
	if (TREE_CODE_CLASS(code) == tcc_unary)
		return std::string(get_tree_code_name(code)) + "(" + value_key(a, names, depth + 1, kind) + ")";
	return leaf_key(name, names);
}

static std::string value_key(tree t, std::vector<unsigned> &names, int depth, key_kind kind)
{
	if (TREE_CODE(t) == INTEGER_CST)
		return tree_fits_shwi_p(t) ? std::to_string(tree_to_shwi(t)) : "big";
	if (TREE_CODE(t) == ADDR_EXPR) {
		path p = reference_path(TREE_OPERAND(t, 0), depth + 1);
		names.insert(names.end(), p.names.begin(), p.names.end());
		return p.ok ? "&" + p.key : "address";
	}
	if (TREE_CODE(t) != SSA_NAME)
		return "other";
	gimple *def = SSA_NAME_DEF_STMT(t);
	if (depth > DEPTH_MAX || !is_gimple_assign(def))
		return leaf_key(t, names);
	return assigned_key(t, as_a<gassign *>(def), names, depth, kind);
}

static int intern_term(const std::string &key, const std::vector<unsigned> &names)
{
	auto [it, is_new] = term_by_key.insert({ key, (int)term_by_key.size() });

	if (is_new)
		for (unsigned v : names)
			terms_by_name[v].push_back(it->second);
	return it->second;
}

int term_of(tree name)
{
	std::vector<unsigned> names;
	std::string key = value_key(name, names, 0, OF_TERM);

	return intern_term(key, names);
}

int term_of_bound(tree a, HOST_WIDE_INT bound)
{
	std::vector<unsigned> names;
	std::string key = value_key(a, names, 0, OF_TERM) + " at most " + std::to_string(bound);

	return intern_term(key, names);
}

int term_of_order(tree a, tree b)
{
	std::vector<unsigned> names;
	std::string key = value_key(a, names, 0, OF_TERM) + " below ";

	key += value_key(b, names, 0, OF_TERM);
	return intern_term(key, names);
}

int term_of_equality(tree a, tree b)
{
	std::vector<unsigned> names;
	std::string x = value_key(a, names, 0, OF_TERM), y = value_key(b, names, 0, OF_TERM);

	return intern_term(std::min(x, y) + " is " + std::max(x, y), names);
}

/* ---- Memory references */

static bool is_internal_name(const std::string &s) { return s.size() > 1 && s.back() == '_'; }

/* The text of a pointer, without the handles and guards that it was taken from. */
static std::string pointer_text(tree pointer, const path &loaded)
{
	tree var = SSA_NAME_VAR(pointer);

	if (var && DECL_NAME(var) && !is_internal_name(name_text(var)))
		return name_text(var);
	if (!loaded.ok)
		return "the pointer";
	size_t dot = loaded.shown.rfind('.'), arrow = loaded.shown.rfind("->");
	std::string field = dot == std::string::npos ? "" : loaded.shown.substr(dot + 1);
	if (dot == std::string::npos || (arrow != std::string::npos && arrow > dot))
		field = arrow == std::string::npos ? "" : loaded.shown.substr(arrow + 2);
	std::string owner = loaded.shown.substr(0, loaded.shown.size() - field.size());
	while (!owner.empty() && strchr(".->", owner.back()))
		owner.pop_back();
	if (field == "hnd_p_")
		return "at(" + owner + ")";
	if (field == "grd_p_")
		return "in(" + owner + ")";
	return loaded.shown;
}

static path behind_path(tree pointer, int depth)
{
	path p, loaded;

	if (TREE_CODE(pointer) == ADDR_EXPR)
		return reference_path(TREE_OPERAND(pointer, 0), depth + 1);
	if (TREE_CODE(pointer) != SSA_NAME)
		return p;
	gimple *def = SSA_NAME_DEF_STMT(pointer);
	if (depth <= DEPTH_MAX && is_gimple_assign(def)) {
		tree a = gimple_assign_rhs1(def);
		if (gimple_assign_single_p(def) && TREE_CODE(a) == ADDR_EXPR)
			return reference_path(TREE_OPERAND(a, 0), depth + 1);
		if (TREE_CODE(a) == SSA_NAME && POINTER_TYPE_P(TREE_TYPE(a)) &&
		    (gimple_assign_single_p(def) || CONVERT_EXPR_CODE_P(gimple_assign_rhs_code(def))))
			return behind_path(a, depth + 1);
		if (gimple_assign_single_p(def)) {
			loaded = reference_path(a, depth + 1);
			p.start = loaded.start;
		}
	}
	if (!p.start)
		p.start = SSA_NAME_IS_DEFAULT_DEF(pointer) && SSA_NAME_VAR(pointer) ? SSA_NAME_VAR(pointer) : pointer;
	p.key = "*" + value_key(pointer, p.names, depth + 1, OF_PATH);
	p.arrow = pointer_text(pointer, loaded);
	p.shown = p.arrow.compare(0, 3, "in(") == 0 ? p.arrow : "*" + p.arrow;
	p.type = TREE_TYPE(TREE_TYPE(pointer));
	p.ok = true;
	return p;
}

static path element_path(tree t, int depth)
{
	path p = reference_path(TREE_OPERAND(t, 0), depth + 1);

	if (!p.ok)
		return p;
	p.parent = intern(p);
	p.key += "[" + value_key(TREE_OPERAND(t, 1), p.names, depth + 1, OF_PATH) + "]";
	p.shown += "[]";
	p.arrow = "";
	p.type = TREE_TYPE(t);
	return p;
}

static path memory_path(tree t, int depth)
{
	path p = behind_path(TREE_OPERAND(t, 0), depth + 1);
	tree offset = TREE_CODE(t) == MEM_REF ? TREE_OPERAND(t, 1) : NULL_TREE;

	if (p.ok && offset && !integer_zerop(offset)) {
		p.key += "+" + number(tree_to_uhwi(fold_convert(sizetype, offset)));
		p.parent = -1;
	}
	p.type = TREE_TYPE(t);
	return p;
}

static path reference_path(tree t, int depth)
{
	path p;

	if (depth > DEPTH_MAX * 4)
		return p;
	switch (TREE_CODE(t)) {
	case VAR_DECL:
	case PARM_DECL:
	case RESULT_DECL:
		return declaration_path(t);
	case COMPONENT_REF:
		p = reference_path(TREE_OPERAND(t, 0), depth + 1);
		return p.ok ? field_path(p, TREE_OPERAND(t, 1)) : p;
	case ARRAY_REF:
		return element_path(t, depth);
	case MEM_REF:
		return memory_path(t, depth);
	case VIEW_CONVERT_EXPR:
		return reference_path(TREE_OPERAND(t, 0), depth + 1);
	case SSA_NAME:				/* a scalar parameter or variable that is in no memory */
	default:
		return p;
	}
}

int place_of(tree reference) { return intern(reference_path(reference, 0)); }
int place_behind(tree pointer) { return intern(behind_path(pointer, 0)); }

int place_field(int of, tree field)
{
	const place &o = places[of];
	path p;

	p.key = o.key, p.shown = o.shown, p.arrow = o.arrow, p.type = o.type, p.root = o.root, p.start = o.start, p.ok = true;
	p.names = o.names;
	return intern(field_path(p, field));
}

static const std::vector<int> &list_of(const std::map<unsigned, std::vector<int>> &m, unsigned version)
{
	static const std::vector<int> empty;
	auto it = m.find(version);

	return it == m.end() ? empty : it->second;
}

const std::vector<int> &places_through(unsigned version) { return list_of(places_by_name, version); }
const std::vector<int> &terms_with(unsigned version) { return list_of(terms_by_name, version); }

bool place_leads_through(int i, int j)
{
	const std::string &key = places[i].key, through = "*" + places[j].key;
	size_t at = key.find(through);

	return at != std::string::npos && (at + through.size() == key.size() || !ISALNUM(key[at + through.size()]));
}

bool place_within(int i, int outer)
{
	for (; i >= 0; i = places[i].parent)
		if (i == outer)
			return true;
	return false;
}

/* ---- Types */

bool field_is(const_tree field, const char *name)
{
	return DECL_NAME(field) && strcmp(IDENTIFIER_POINTER(DECL_NAME(field)), name) == 0;
}

bool is_handle_type(const_tree type)
{
	return TREE_CODE(type) == RECORD_TYPE && (has_role(type, "handle") || has_role(type, "owner"));
}

bool is_result_type(const_tree type)
{
	return TREE_CODE(type) == RECORD_TYPE && TYPE_FIELDS(type) && field_is(TYPE_FIELDS(type), "res_err_");
}

bool owning_type(tree type)
{
	while (TREE_CODE(type) == ARRAY_TYPE)
		type = TREE_TYPE(type);
	if (!RECORD_OR_UNION_TYPE_P(type))
		return false;
	type = TYPE_MAIN_VARIANT(type);
	if (auto it = types_known.find(type); it != types_known.end())
		return it->second;
	bool owns = is_handle_type(type);
	for (tree f = TYPE_FIELDS(type); f && !owns; f = DECL_CHAIN(f))
		owns = TREE_CODE(f) == FIELD_DECL && owning_type(TREE_TYPE(f));
	if (COMPLETE_TYPE_P(type))
		types_known[type] = owns;
	return owns;
}

static void collect_handles(int p, std::vector<int> &out)
{
	tree type = places[p].type;

	if (is_handle_type(type)) {
		out.push_back(p);
		return;
	}
	if (TREE_CODE(type) != RECORD_TYPE)
		return;
	for (tree f = TYPE_FIELDS(type); f; f = DECL_CHAIN(f))
		if (TREE_CODE(f) == FIELD_DECL && owning_type(TREE_TYPE(f)))
			collect_handles(place_field(p, f), out);
}

std::vector<int> handles_in(int p)
{
	std::vector<int> out;

	if (p >= 0)
		collect_handles(p, out);
	return out;
}

/* ---- Variables */

bool is_temporary(const_tree v)
{
	return v && (TREE_CODE(v) == RESULT_DECL || (VAR_P(v) && (DECL_ARTIFICIAL(v) || !DECL_NAME(v))));
}

bool is_carrier(const_tree v)
{
	return is_temporary(v) || has_role(v, "carrier") || has_role(v, "attempt") || has_role(v, "give") || has_role(v, "drop") ||
	       has_role(v, "opened");
}

bool has_guard(const_tree v) { return lookup_attribute("cleanup", DECL_ATTRIBUTES(v)) != NULL_TREE; }
