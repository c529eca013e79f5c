/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function does about sleeping and locks, written down for join.py, which sees the whole kernel: which guards it
 * takes, whom it calls and what it holds there, and where functions are stored. One line each, fields between tabs:
 *
 *	guard	NAME	spin|irq|mutex	RANK			DEFINE_GUARDED*(NAME, …, RANK)
 *	fn	FN	ROLES	TOKENS	NAME			ROLES: sleeps, atomic; TOKENS: guards that its callers hold
 *	call	FN	TARGET	PLACE	ENTRY	EXCUSED	HOLDS	ENTRY 0: what the callers held may be released by now
 *	flow	FROM	TO					a function (or what is stored in FROM) is stored in TO
 *	slot	TO	ROLES					what is stored there is called in that context
 *
 * A TARGET, FROM or TO is f:FUNCTION, o:STRUCT.FIELD, p:FUNCTION#PARAMETER, v:VARIABLE, or g:GUARD+DEPTH for the taking of
 * a guard. What is held is what is held on every path to a place.
 */
#include "check.h"
#include "summary.h"
#include "gimple-pretty-print.h"
#include "cfganal.h"
#include <cstring>
#include <map>
#include <set>

/* ---- Names of things in the summary */

static std::string name_of_type(const_tree type)
{
	const_tree name = TYPE_NAME(TYPE_MAIN_VARIANT(type));

	if (!name)
		return "";
	return text_of(TREE_CODE(name) == TYPE_DECL ? DECL_NAME(name) : name);
}

static std::string field_id(tree field)
{
	std::string of = name_of_type(DECL_CONTEXT(field));

	return "o:" + (of.empty() ? place_of(DECL_SOURCE_LOCATION(field)) : of) + "." + text_of(DECL_NAME(field));
}

static bool ends_with(const std::string &s, const char *end)
{
	size_t n = strlen(end);

	return s.size() > n && s.compare(s.size() - n, n, end) == 0;
}

/* The guard whose token the type is, or "". */
static std::string guard_of_token(const_tree type)
{
	std::string name = type && TREE_CODE(type) == RECORD_TYPE ? name_of_type(type) : "";

	return ends_with(name, "_locked") ? name.substr(0, name.size() - 7) : "";
}

/* ---- What is held at a place */

namespace {
struct guard_held {
	std::string name;
	std::string depth;		/* a number, or ? */
	location_t where;
	bool operator==(const guard_held &o) const { return name == o.name && depth == o.depth && where == o.where; }
};

struct state {
	std::map<tree, guard_held> guards;	/* by the variable that holds the token */
	std::set<tree> empty;			/* handles that own nothing: given away */
	int preempt = 0, irqs = 0;		/* how often held off, as far as the function itself does it */
	location_t preempt_where = UNKNOWN_LOCATION, irqs_where = UNKNOWN_LOCATION;
	bool entry = true;			/* what callers hold is held still */
	bool known = false;

	bool meet(const state &o);
	void preempt_change(int by, location_t where);
	void irqs_change(int by, location_t where);
};

/* What a call of the function changes for its caller; for functions of this compilation. */
struct effect {
	int preempt = 0, irqs = 0;
};
}

static std::map<tree, effect> effects;
static std::set<std::string> guards_told;

bool state::meet(const state &o)
{
	if (!known) {
		*this = o;
		return true;
	}
	bool changed = false;
	for (auto i = guards.begin(); i != guards.end();) {
		auto other = o.guards.find(i->first);
		if (other == o.guards.end()) {
			i = guards.erase(i);
			changed = true;
		} else {
			++i;
		}
	}
	for (auto i = empty.begin(); i != empty.end();) {
		bool stays = o.empty.count(*i);
		changed |= !stays;
		i = stays ? std::next(i) : empty.erase(i);
	}
	changed |= o.preempt < preempt || o.irqs < irqs || (entry && !o.entry);
	preempt = preempt < o.preempt ? preempt : o.preempt;
	irqs = irqs < o.irqs ? irqs : o.irqs;
	entry = entry && o.entry;
	return changed;
}

void state::preempt_change(int by, location_t where)
{
	if (preempt == 0 && by < 0)
		entry = false;
	if (preempt == 0 && by > 0)
		preempt_where = where;
	preempt = preempt + by < 0 ? 0 : preempt + by;
}

void state::irqs_change(int by, location_t where)
{
	if (irqs == 0 && by < 0)
		entry = false;
	if (irqs == 0 && by > 0)
		irqs_where = where;
	irqs = irqs + by < 0 ? 0 : irqs + by;
}

/* ---- Effects of calls */

static const struct primitive {
	const char *name;
	int preempt, irqs;
} primitives[] = {
	{ "preempt_disable", 1, 0 },
	{ "preempt_enable", -1, 0 },
	{ "preempt_enable_no_switch", -1, 0 },
	{ "arch_irq_save", 0, 1 },
	{ "arch_irq_disable", 0, 1 },
	{ "arch_irq_restore", 0, -1 },
	{ "arch_irq_enable", 0, -1 },
};

static const primitive *primitive_of(const std::string &name)
{
	for (const primitive &p : primitives)
		if (name == p.name)
			return &p;
	return NULL;
}

/* Functions that DEFINE_GUARDED makes; how they do it is their own affair. */
static bool is_guard_function(const std::string &name)
{
	return ends_with(name, "_lock_") || ends_with(name, "_lock_nested_") || ends_with(name, "_locked_end_");
}

static std::string depth_of_call(gcall *call, const std::string &callee)
{
	if (!ends_with(callee, "_lock_nested_"))
		return "0";
	tree depth = gimple_call_num_args(call) > 1 ? gimple_call_arg(call, 1) : NULL_TREE;
	if (depth && TREE_CODE(depth) == INTEGER_CST)
		return std::to_string(TREE_INT_CST_LOW(depth));
	return "?";
}

static void token_ends(gcall *call, state *s)
{
	tree at = gimple_call_num_args(call) ? gimple_call_arg(call, 0) : NULL_TREE;

	if (at && TREE_CODE(at) == ADDR_EXPR)
		s->guards.erase(TREE_OPERAND(at, 0));
}

static void call_changes(gcall *call, state *s)
{
	tree fn = gimple_call_fndecl(call), to = gimple_call_lhs(call);
	std::string name = fn ? text_of(DECL_NAME(fn)) : "";
	std::string guard = to ? guard_of_token(TREE_TYPE(to)) : "";

	if (ends_with(name, "_locked_end_"))
		token_ends(call, s);
	else if (!guard.empty() && DECL_P(to))
		s->guards[to] = { guard, depth_of_call(call, name), gimple_location(call) };
	else if (const primitive *p = primitive_of(name)) {
		if (p->preempt)
			s->preempt_change(p->preempt, gimple_location(call));
		if (p->irqs)
			s->irqs_change(p->irqs, gimple_location(call));
	} else if (fn && effects.count(fn)) {
		for (int n = effects[fn].preempt; n; n += n > 0 ? -1 : 1)
			s->preempt_change(n > 0 ? 1 : -1, gimple_location(call));
		for (int n = effects[fn].irqs; n; n += n > 0 ? -1 : 1)
			s->irqs_change(n > 0 ? 1 : -1, gimple_location(call));
	}
}

/* The variable behind &variable, also by way of a pointer to it. */
static tree variable_at(tree v)
{
	if (v && TREE_CODE(v) == SSA_NAME && is_gimple_assign(SSA_NAME_DEF_STMT(v)) && gimple_assign_single_p(SSA_NAME_DEF_STMT(v)))
		v = gimple_assign_rhs1(SSA_NAME_DEF_STMT(v));
	return v && TREE_CODE(v) == ADDR_EXPR && VAR_P(TREE_OPERAND(v, 0)) ? TREE_OPERAND(v, 0) : NULL_TREE;
}

/* give(h) leaves NULL in h: its end does nothing then. */
static void store_changes(gimple *stmt, state *s)
{
	tree to = gimple_assign_lhs(stmt), of = to;

	while (handled_component_p(of))
		of = TREE_OPERAND(of, 0);
	tree var = TREE_CODE(of) == MEM_REF ? variable_at(TREE_OPERAND(of, 0)) : VAR_P(of) ? of : NULL_TREE;
	if (!var)
		return;
	bool is_pointer = TREE_CODE(to) == COMPONENT_REF && POINTER_TYPE_P(TREE_TYPE(to));
	if (is_pointer && gimple_assign_single_p(stmt) && integer_zerop(gimple_assign_rhs1(stmt)) &&
	    has_role(TREE_TYPE(var), "handle"))
		s->empty.insert(var);
	else
		s->empty.erase(var);
}

/* Whose address is handed out may be filled. */
static void arguments_change(gcall *call, state *s)
{
	if (gimple_call_lhs(call))
		s->empty.erase(gimple_call_lhs(call));
	for (unsigned i = 0; i < gimple_call_num_args(call); i++)
		s->empty.erase(variable_at(gimple_call_arg(call, i)));
}

/* ---- Function pointers */

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
		std::string slot = DECL_P(v) || TREE_CODE(v) == COMPONENT_REF || TREE_CODE(v) == ARRAY_REF ? slot_of(v) : "";
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

static std::set<std::string> sources_of(tree v)
{
	std::set<std::string> found;
	std::set<tree> seen;

	sources(v, &found, &seen);
	return found;
}

static void stores_of(gimple *stmt)
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

static void arguments_of(gcall *call, const std::string &callee)
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

/* ---- A function */

/* What the type and the attributes of a function say; of one that is defined elsewhere, too. */
static void tell_function(tree fn)
{
	static std::set<tree> told;
	std::string roles, tokens;

	if (!told.insert(fn).second)
		return;
	if (has_role(fn, "sleeps"))
		roles += "sleeps ";
	if (has_role(fn, "atomic"))
		roles += "atomic ";
	for (tree p = TYPE_ARG_TYPES(TREE_TYPE(fn)); p; p = TREE_CHAIN(p)) {
		std::string guard = guard_of_token(TREE_VALUE(p));
		if (name_of_type(TREE_VALUE(p)) == "can_sleep")
			roles += "sleeps ";
		if (!guard.empty())
			tokens += guard + " ";
	}
	fprintf(summary, "fn\t%s\t%s\t%s\t%s\n", id_of(fn).c_str(), roles.c_str(), tokens.c_str(),
		place_of(DECL_SOURCE_LOCATION(fn)).c_str());
}

static std::string holds_text(const state &s)
{
	std::string text;

	for (const auto &g : s.guards)
		text += "g:" + g.second.name + "+" + g.second.depth + "=" + place_of(g.second.where) + " ";
	if (s.preempt > 0)
		text += "preempt=" + place_of(s.preempt_where) + " ";
	if (s.irqs > 0)
		text += "irqs=" + place_of(s.irqs_where) + " ";
	return text;
}

static void tell_call(gcall *call, const std::string &target, const state &s)
{
	fprintf(summary, "call\t%s\t%s\t%s\t%d\t%d\t%s\n", id_of(current_function_decl).c_str(), target.c_str(),
		place_of(gimple_location(call)).c_str(), s.entry, excused(gimple_block(call)), holds_text(s).c_str());
}

static void look_at_call(gcall *call, const state &s)
{
	tree fn = gimple_call_fndecl(call), to = gimple_call_lhs(call);

	if (gimple_call_internal_p(call))
		return;
	if (!fn) {
		for (const std::string &target : sources_of(gimple_call_fn(call)))
			tell_call(call, target, s);
		return;
	}
	if (fndecl_built_in_p(fn) || primitive_of(text_of(DECL_NAME(fn))))
		return;
	std::string name = text_of(DECL_NAME(fn)), guard = to ? guard_of_token(TREE_TYPE(to)) : "";
	if (!guard.empty() && is_guard_function(name)) {
		tell_call(call, "g:" + guard + "+" + depth_of_call(call, name), s);
		return;
	}
	if (is_guard_function(name))
		return;
	if (ends_with(name, "_end_") && gimple_call_num_args(call) == 1 && s.empty.count(variable_at(gimple_call_arg(call, 0))))
		return;
	tell_function(fn);
	tell_call(call, "f:" + id_of(fn), s);
	arguments_of(call, id_of(fn));
}

static state state_after(basic_block bb, state s, bool tell)
{
	for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i)) {
		gimple *stmt = gsi_stmt(i);

		if (tell && is_gimple_assign(stmt))
			stores_of(stmt);
		if (is_gimple_assign(stmt))
			store_changes(stmt, &s);
		if (gcall *call = dyn_cast<gcall *>(stmt)) {
			if (tell)
				look_at_call(call, s);
			call_changes(call, &s);
			arguments_change(call, &s);
		}
	}
	return s;
}

/* The places before each block at which the state is known, by going round until nothing changes. */
static std::vector<state> states_before(function *f)
{
	std::vector<state> before(last_basic_block_for_fn(f));
	std::vector<int> order(n_basic_blocks_for_fn(f));
	int n = pre_and_rev_post_order_compute_fn(f, NULL, order.data(), false);
	bool changed = true;

	basic_block first = single_succ(ENTRY_BLOCK_PTR_FOR_FN(f));
	before[first->index].known = true;
	for (int round = 0; changed && round < 20; round++) {
		changed = false;
		for (int i = 0; i < n; i++) {
			basic_block bb = BASIC_BLOCK_FOR_FN(f, order[i]);
			if (bb->index < NUM_FIXED_BLOCKS || !before[bb->index].known)
				continue;
			state after = state_after(bb, before[bb->index], false);
			edge e;
			edge_iterator ei;
			FOR_EACH_EDGE(e, ei, bb->succs)
				if (e->dest->index >= NUM_FIXED_BLOCKS)
					changed |= before[e->dest->index].meet(after);
		}
	}
	return before;
}

static void remember_effect(function *f, const std::vector<state> &before)
{
	state at_end;
	edge e;
	edge_iterator ei;

	FOR_EACH_EDGE(e, ei, EXIT_BLOCK_PTR_FOR_FN(f)->preds)
		if (before[e->src->index].known)
			at_end.meet(state_after(e->src, before[e->src->index], false));
	if (!at_end.known)
		return;
	effect change = { at_end.preempt, at_end.irqs };
	if (!at_end.entry && change.preempt == 0 && change.irqs == 0)
		change.preempt = -1;
	if (change.preempt || change.irqs)
		effects[f->decl] = change;
}

/* The rank that a guard's lock function acquires: the constant in lock_rank_acquire(lock, RANK + depth, name). */
static bool constant_in(tree v, long *value)
{
	if (TREE_CODE(v) == INTEGER_CST) {
		*value = (long)TREE_INT_CST_LOW(v);
		return true;
	}
	if (TREE_CODE(v) != SSA_NAME || !is_gimple_assign(SSA_NAME_DEF_STMT(v)))
		return false;
	gimple *def = SSA_NAME_DEF_STMT(v);
	for (unsigned i = 1; i < gimple_num_ops(def); i++)
		if (gimple_op(def, i) && constant_in(gimple_op(def, i), value))
			return true;
	return false;
}

static void tell_guard(function *f, const std::string &guard)
{
	const char *kind = "spin";
	long rank = -1;
	basic_block bb;

	FOR_EACH_BB_FN(bb, f)
		for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i)) {
			tree fn = is_gimple_call(gsi_stmt(i)) ? gimple_call_fndecl(gsi_stmt(i)) : NULL_TREE;
			std::string name = fn ? text_of(DECL_NAME(fn)) : "";
			if (name == "arch_irq_save")
				kind = "irq";
			if (name == "mutex_lock_raw")
				kind = "mutex";
			if (name == "lock_rank_acquire")
				constant_in(gimple_call_arg(gsi_stmt(i), 1), &rank);
		}
	if (rank >= 0)
		fprintf(summary, "guard\t%s\t%s\t%ld\n", guard.c_str(), kind, rank);
}

static unsigned look_at_function(function *f)
{
	std::string name = text_of(DECL_NAME(f->decl));

	if (!summary)
		return 0;
	if (is_guard_function(name)) {
		std::string guard = guard_of_token(TREE_TYPE(TREE_TYPE(f->decl)));
		if (!guard.empty())
			tell_guard(f, guard);
		return 0;
	}
	tell_function(f->decl);
	std::vector<state> before = states_before(f);
	remember_effect(f, before);
	basic_block bb;
	FOR_EACH_BB_FN(bb, f)
		if (before[bb->index].known)
			state_after(bb, before[bb->index], true);
	return 0;
}

/* ---- The unit */

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

static void register_sleep(const char *name)
{
	if (!plugin_argument("sum"))
		return;
	each_function_in_ssa(name, "handlecheck-sleep", look_at_function);
	register_callback(name, PLUGIN_FINISH_TYPE, slot_parsed, NULL);
	register_callback(name, PLUGIN_ALL_IPA_PASSES_START, unit_parsed, NULL);
}
FAMILY(register_sleep)
