/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk over the control-flow graph. Each block keeps the states it was entered with. A new one that agrees with one of
 * them on all handles is merged with it; with too many the block falls back to one that holds what any of them may.
 */
#include "flow.h"
#include "cfganal.h"
#include "tree-cfg.h"
#include <set>

enum { STATES_MAX = 64 };

struct block_entry {
	std::vector<state> states;
	std::vector<bool> todo;
	bool collapsed = false;
};

static std::vector<block_entry> entries;
static std::set<int> pending;		/* positions in reverse post-order, lowest first */
static std::vector<int> order, position;

/* ---- Entering a block */

static void mark(int block, size_t i)
{
	entries[block].todo[i] = true;
	pending.insert(position[block]);
}

static bool facts_equal(const state &a, const state &b)
{
	return a.facts == b.facts && a.failed == b.failed && a.loaded == b.loaded && a.tentative == b.tentative &&
	       a.tentative_places == b.tentative_places;
}

static void merge_into(int block, size_t i, const state &s, bool values)
{
	state merged = entries[block].states[i];

	if (values)
		merged.merge_values(s);
	else
		merged.merge_facts(s);
	if (merged.same_handles(entries[block].states[i]) && facts_equal(merged, entries[block].states[i]))
		return;
	entries[block].states[i] = merged;
	mark(block, i);
}

static void collapse(int block)
{
	block_entry &e = entries[block];

	for (size_t i = 1; i < e.states.size(); i++)
		e.states[0].merge_values(e.states[i]);
	e.states.resize(1);
	e.todo.assign(1, true);
	e.collapsed = true;
	mark(block, 0);
}

static void add(int block, const state &s)
{
	block_entry &e = entries[block];

	if (e.collapsed)
		return merge_into(block, 0, s, true);
	for (size_t i = 0; i < e.states.size(); i++)
		if (e.states[i].same_handles(s))
			return merge_into(block, i, s, false);
	e.states.push_back(s);
	e.todo.push_back(true);
	mark(block, e.states.size() - 1);
	if (e.states.size() > STATES_MAX)
		collapse(block);
}

/* ---- Edges */

struct phi_value {
	gphi *phi;
	tree argument;
	bool has_constant, has_loan, nonzero;
	HOST_WIDE_INT constant;
	loan lent;
};

static phi_value phi_value_of(const state &s, gphi *phi, edge e)
{
	phi_value v = { phi, PHI_ARG_DEF_FROM_EDGE(phi, e), false, false, false, 0, {} };

	v.has_constant = known_constant(s, v.argument, &v.constant);
	v.nonzero = TREE_CODE(v.argument) == ADDR_EXPR;
	if (TREE_CODE(v.argument) != SSA_NAME)
		return v;
	if (auto it = s.facts.find(term_of(v.argument)); it != s.facts.end() && !it->second.is_constant)
		v.nonzero = true;
	if (auto it = s.loans.find(SSA_NAME_VERSION(v.argument)); it != s.loans.end())
		v.has_loan = true, v.lent = it->second;
	return v;
}

static void run_phis(state &s, edge e, const flow_rules &rules)
{
	std::vector<phi_value> values;

	for (gphi_iterator i = gsi_start_phis(e->dest); !gsi_end_p(i); gsi_next(&i)) {
		if (virtual_operand_p(gimple_phi_result(i.phi())))
			continue;
		values.push_back(phi_value_of(s, i.phi(), e));
		rules.merge(s, i.phi(), values.back().argument, gimple_phi_arg_location_from_edge(i.phi(), e));
	}
	for (phi_value &v : values)
		s.forget_name(SSA_NAME_VERSION(gimple_phi_result(v.phi)));
	for (phi_value &v : values) {
		tree result = gimple_phi_result(v.phi);
		if (v.has_constant)
			s.facts[term_of(result)] = { true, v.constant };
		else if (v.nonzero)
			s.facts[term_of(result)] = { false, 0 };
		if (v.has_loan)
			s.loans[SSA_NAME_VERSION(result)] = v.lent;
	}
}

static bool used_after(unsigned version, basic_block b)
{
	tree name = ssa_name(version);
	imm_use_iterator i;
	use_operand_p use;

	FOR_EACH_IMM_USE_FAST(use, i, name)
		if (!is_gimple_debug(USE_STMT(use)) && gimple_bb(USE_STMT(use)) != b)
			return true;
	return SSA_NAME_DEF_STMT(name) && gimple_code(SSA_NAME_DEF_STMT(name)) == GIMPLE_PHI;
}

static void take_edge(state s, edge e, const flow_rules &rules)
{
	if (e->dest == EXIT_BLOCK_PTR_FOR_FN(cfun))
		return;
	run_phis(s, e, rules);
	for (auto it = s.loans.begin(); it != s.loans.end();)
		it = used_after(it->first, e->src) ? std::next(it) : s.loans.erase(it);
	add(e->dest->index, s);
}

static bool switch_edge_possible(state &s, gswitch *sw, edge e)
{
	tree index = gimple_switch_index(sw), only = NULL_TREE;
	HOST_WIDE_INT c;
	unsigned labels = 0;

	if (!known_constant(s, index, &c)) {
		for (unsigned i = 0; i < gimple_switch_num_labels(sw); i++)
			if (label_to_block(cfun, CASE_LABEL(gimple_switch_label(sw, i))) == e->dest)
				only = gimple_switch_label(sw, i), labels++;
		if (labels == 1 && CASE_LOW(only) && !CASE_HIGH(only) && TREE_CODE(index) == SSA_NAME &&
		    tree_fits_shwi_p(CASE_LOW(only)))
			return assume_equal(s, index, tree_to_shwi(CASE_LOW(only)));
		return true;
	}
	tree taken = gimple_switch_default_label(sw);
	for (unsigned i = 1; i < gimple_switch_num_labels(sw); i++) {
		tree label = gimple_switch_label(sw, i), high = CASE_HIGH(label) ? CASE_HIGH(label) : CASE_LOW(label);
		if (tree_fits_shwi_p(CASE_LOW(label)) && tree_fits_shwi_p(high) && tree_to_shwi(CASE_LOW(label)) <= c &&
		    c <= tree_to_shwi(high))
			taken = label;
	}
	return label_to_block(cfun, CASE_LABEL(taken)) == e->dest;
}

static void leave(const state &s, basic_block b, const flow_rules &rules)
{
	gimple *last = last_stmt(b);
	edge_iterator i;
	edge e;

	FOR_EACH_EDGE(e, i, b->succs) {
		state t = s;
		gcond *cond = last ? dyn_cast<gcond *>(last) : NULL;
		gswitch *sw = last ? dyn_cast<gswitch *>(last) : NULL;
		if (cond && !assume(t, gimple_cond_code(cond), gimple_cond_lhs(cond), gimple_cond_rhs(cond),
				    e->flags & EDGE_TRUE_VALUE))
			continue;
		if (sw && !switch_edge_possible(t, sw, e))
			continue;
		take_edge(t, e, rules);
	}
}

static void run_block(basic_block b, state s, const flow_rules &rules)
{
	for (gimple_stmt_iterator i = gsi_start_bb(b); !gsi_end_p(i); gsi_next(&i))
		if (!is_gimple_debug(gsi_stmt(i)) && !rules.statement(s, gsi_stmt(i)))
			return;
	leave(s, b, rules);
}

static void number_blocks()
{
	std::vector<int> post(n_basic_blocks_for_fn(cfun));
	int n = post_order_compute(post.data(), false, false);

	entries.assign(last_basic_block_for_fn(cfun), {});
	position.assign(last_basic_block_for_fn(cfun), 0);
	order.assign(post.rend() - n, post.rend());
	for (int i = 0; i < n; i++) {
		order[i] = post[n - 1 - i];
		position[order[i]] = i;
	}
	pending.clear();
}

void follow(function *f, const flow_rules &rules)
{
	state start;

	number_blocks();
	rules.enter(start, f);
	take_edge(start, single_succ_edge(ENTRY_BLOCK_PTR_FOR_FN(f)), rules);
	while (!pending.empty()) {
		int block = order[*pending.begin()];
		pending.erase(pending.begin());
		for (size_t i = 0; i < entries[block].states.size(); i++)
			if (entries[block].todo[i]) {
				entries[block].todo[i] = false;
				run_block(BASIC_BLOCK_FOR_FN(f, block), entries[block].states[i], rules);
			}
	}
}
