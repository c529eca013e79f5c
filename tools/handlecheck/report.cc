/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings: where they are shown, what excuses them, and that each is said once. */
#include "check.h"
#include <cstdarg>
#include <set>

bool excused(const_tree block)
{
	for (; block && TREE_CODE(block) == BLOCK; block = BLOCK_SUPERCONTEXT(block))
		for (tree v = BLOCK_VARS(block); v; v = DECL_CHAIN(v))
			if (has_role(v, "unsafe"))
				return true;
	return false;
}

static tree block_with(tree block, tree decl)
{
	for (; block; block = BLOCK_CHAIN(block)) {
		for (tree v = BLOCK_VARS(block); v; v = DECL_CHAIN(v))
			if (v == decl)
				return block;
		if (tree found = block_with(BLOCK_SUBBLOCKS(block), decl))
			return found;
	}
	return NULL_TREE;
}

tree block_of_decl(tree decl)
{
	tree top = DECL_INITIAL(current_function_decl);

	/* A parameter stands in the outermost block. */
	return TREE_CODE(decl) == PARM_DECL ? top && BLOCK_SUBBLOCKS(top) ? BLOCK_SUBBLOCKS(top) : top : block_with(top, decl);
}

static std::string formatted(const char *fmt, va_list *ap, rich_location *at)
{
	text_info text = {};
	pretty_printer *pp = global_dc->printer->clone();

	text.format_spec = fmt;
	text.args_ptr = ap;
	text.m_richloc = at;
	pp_show_color(pp) = false;
	pp_format(pp, &text);
	pp_output_formatted_text(pp);
	std::string s = pp_formatted_text(pp);
	delete pp;
	return s;
}

/* Said at the end: an error while files are parsed would keep the later passes from looking at all. */
namespace {
struct finding {
	location_t place;
	std::string text;
	bool operator<(const finding &o) const { return place != o.place ? place < o.place : text < o.text; }
};
}
static std::set<finding> findings;

bool report(location_t where, const_tree block, const char *rule, const char *fmt, ...)
{
	location_t place = linemap_resolve_location(line_table, where, LRK_MACRO_EXPANSION_POINT, NULL);
	rich_location at(line_table, place);
	va_list ap;

	va_start(ap, fmt);
	std::string message = formatted(fmt, &ap, &at);
	va_end(ap);
	if (excused(block))
		return false;
	return findings.insert({ place, message + " [" + rule + "]" }).second;
}

void findings_say(void *, void *)
{
	for (const finding &f : findings)
		error_at(f.place, "%s", f.text.c_str());
}
