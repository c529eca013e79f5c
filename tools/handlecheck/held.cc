/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is held at each place of a function: guards by the variable of their token, preemption and interrupts by how often
 * they are held off. What is held is what is held on every path to the place.
 */
#include "sleep.h"
#include "cfganal.h"
#include <cstring>
#include <iterator>

/* ---- Names */

std::string name_of_type(const_tree type)
{
	const_tree name = TYPE_NAME(TYPE_MAIN_VARIANT(type));

	if (!name)
		return "";
	return text_of(TREE_CODE(name) == TYPE_DECL ? DECL_NAME(name) : name);
}

bool ends_with(const std::string &s, const char *end)
{
	size_t n = strlen(end);

	return s.size() > n && s.compare(s.size() - n, n, end) == 0;
}

std::string guard_of_token(const_tree type)
{
	std::string name = type && TREE_CODE(type) == RECORD_TYPE ? name_of_type(type) : "";

	return ends_with(name, "_locked") ? name.substr(0, name.size() - 7) : "";
}

/* ---- States */

namespace {
struct effect { int preempt = 0, irqs = 0; };
}
static std::map<tree, effect> effects;

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

/* ---- What statements change */

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

bool is_primitive(const std::string &name)
{
	return primitive_of(name) != NULL;
}

bool is_guard_function(const std::string &name)
{
	return ends_with(name, "_lock_") || ends_with(name, "_lock_nested_") || ends_with(name, "_locked_end_");
}

std::string depth_of_call(gcall *call, const std::string &callee)
{
	if (!ends_with(callee, "_lock_nested_"))
		return "0";
	tree depth = gimple_call_num_args(call) > 1 ? gimple_call_arg(call, 1) : NULL_TREE;
	if (depth && TREE_CODE(depth) == INTEGER_CST)
		return std::to_string(TREE_INT_CST_LOW(depth));
	return "?";
}

void state::token_ends(gcall *call)
{
	tree at = gimple_call_num_args(call) ? gimple_call_arg(call, 0) : NULL_TREE;

	if (at && TREE_CODE(at) == ADDR_EXPR)
		guards.erase(TREE_OPERAND(at, 0));
}

void state::call_changes(gcall *call)
{
	tree fn = gimple_call_fndecl(call), to = gimple_call_lhs(call);
	std::string name = fn ? text_of(DECL_NAME(fn)) : "";
	std::string guard = to ? guard_of_token(TREE_TYPE(to)) : "";

	if (ends_with(name, "_locked_end_"))
		token_ends(call);
	else if (!guard.empty() && DECL_P(to))
		guards[to] = { guard, depth_of_call(call, name), gimple_location(call) };
	else if (const primitive *p = primitive_of(name)) {
		if (p->preempt)
			preempt_change(p->preempt, gimple_location(call));
		if (p->irqs)
			irqs_change(p->irqs, gimple_location(call));
	} else if (fn && effects.count(fn)) {
		for (int n = effects[fn].preempt; n; n += n > 0 ? -1 : 1)
			preempt_change(n > 0 ? 1 : -1, gimple_location(call));
		for (int n = effects[fn].irqs; n; n += n > 0 ? -1 : 1)
			irqs_change(n > 0 ? 1 : -1, gimple_location(call));
	}
}

tree variable_at(tree v)
{
	if (v && TREE_CODE(v) == SSA_NAME && is_gimple_assign(SSA_NAME_DEF_STMT(v)) &&
	    gimple_assign_single_p(SSA_NAME_DEF_STMT(v)))
		v = gimple_assign_rhs1(SSA_NAME_DEF_STMT(v));
	return v && TREE_CODE(v) == ADDR_EXPR && VAR_P(TREE_OPERAND(v, 0)) ? TREE_OPERAND(v, 0) : NULL_TREE;
}

/* give(h) leaves NULL in h: its end does nothing then. */
void state::store_changes(gimple *stmt)
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
		empty.insert(var);
	else
		empty.erase(var);
}

/* Whose address is handed out may be filled. */
void state::arguments_change(gcall *call)
{
	if (gimple_call_lhs(call))
		empty.erase(gimple_call_lhs(call));
	for (unsigned i = 0; i < gimple_call_num_args(call); i++)
		empty.erase(variable_at(gimple_call_arg(call, i)));
}

void state::step(gimple *stmt)
{
	if (is_gimple_assign(stmt))
		store_changes(stmt);
	if (gcall *call = dyn_cast<gcall *>(stmt)) {
		call_changes(call);
		arguments_change(call);
	}
}

/* ---- Over a function */

static state state_after(basic_block bb, state s)
{
	for (gimple_stmt_iterator i = gsi_start_bb(bb); !gsi_end_p(i); gsi_next(&i))
		s.step(gsi_stmt(i));
	return s;
}

std::vector<state> states_before(function *f)
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
			state after = state_after(bb, before[bb->index]);
			edge e;
			edge_iterator ei;
			FOR_EACH_EDGE(e, ei, bb->succs)
				if (e->dest->index >= NUM_FIXED_BLOCKS)
					changed |= before[e->dest->index].meet(after);
		}
	}
	return before;
}

void remember_effect(function *f, const std::vector<state> &before)
{
	state at_end;
	edge e;
	edge_iterator ei;

	FOR_EACH_EDGE(e, ei, EXIT_BLOCK_PTR_FOR_FN(f)->preds)
		if (before[e->src->index].known)
			at_end.meet(state_after(e->src, before[e->src->index]));
	if (!at_end.known)
		return;
	effect change = { at_end.preempt, at_end.irqs };
	if (!at_end.entry && change.preempt == 0 && change.irqs == 0)
		change.preempt = -1;
	if (change.preempt || change.irqs)
		effects[f->decl] = change;
}
