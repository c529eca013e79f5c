/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary's file, and the names of things in it. */
#include "summary.h"
#include "written.h"

FILE *summary;

std::string text_of(const_tree identifier)
{
	return identifier ? IDENTIFIER_POINTER(identifier) : "";
}

std::string place_of(location_t where)
{
	expanded_location e = expand_location(
		linemap_resolve_location(line_table, where, LRK_MACRO_EXPANSION_POINT, NULL));

	return std::string(e.file ? e.file : "?") + ":" + std::to_string(e.line) + ":" + std::to_string(e.column);
}

std::string id_of(tree decl)
{
	std::string name = text_of(DECL_NAME(decl));

	if (TREE_PUBLIC(decl) || (DECL_EXTERNAL(decl) && TREE_CODE(decl) == FUNCTION_DECL))
		return name;
	if (VAR_P(decl) && DECL_CONTEXT(decl) && TREE_CODE(DECL_CONTEXT(decl)) == FUNCTION_DECL)
		return name + "@" + place_of(DECL_SOURCE_LOCATION(decl));
	return name + "@" + used_in(DECL_SOURCE_LOCATION(decl));
}

static void unit_ends(void *, void *)
{
	if (summary)
		fclose(summary);
	summary = NULL;
}

static void register_summary(const char *name)
{
	const char *file = plugin_argument("sum");

	if (file && !(summary = fopen(file, "w")))
		error("handlecheck cannot write %qs", file);
	register_callback(name, PLUGIN_FINISH, unit_ends, NULL);
}
FAMILY(register_summary)
