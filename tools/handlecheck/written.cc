/* SPDX-License-Identifier: GPL-2.0-only */
/* Who wrote what. Files are read again for their identifiers: the compiler folds some of what is looked for. */
#include "written.h"
#include <cctype>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

static std::string in_tree(const char *file)
{
	return strncmp(file, "./", 2) == 0 ? file + 2 : file;
}

std::string written_in(location_t where)
{
	location_t spelled = linemap_resolve_location(line_table, where, LRK_SPELLING_LOCATION, NULL);

	return LOCATION_FILE(spelled) ? in_tree(LOCATION_FILE(spelled)) : "";
}

std::string used_in(location_t where)
{
	location_t expanded = linemap_resolve_location(line_table, where, LRK_MACRO_EXPANSION_POINT, NULL);

	return LOCATION_FILE(expanded) ? in_tree(LOCATION_FILE(expanded)) : "";
}

bool in_core(const std::string &file)
{
	/* lock.h's slow half, and the containers and word-wise copies that everything else is built on. */
	static const char *const places[] = {
		"include/murre/base/", "include/murre/lock.h", "kernel/core/mutex.c", "lib/radix.c", "lib/tree.c", "lib/memory.c",
		"include/arch/", "arch/", "mm/", "/usr/",
	};

	if (file.empty() || file[0] == '<')
		return true;
	for (const char *place : places)
		if (file.compare(0, strlen(place), place) == 0)
			return true;
	return false;
}

bool opens_with(location_t where, char c)
{
	expanded_location e = expand_location(
		linemap_resolve_location(line_table, where, LRK_SPELLING_LOCATION, NULL));
	char_span line = e.file ? location_get_source_line(e.file, e.line) : char_span(NULL, 0);

	return line && e.column >= 1 && (size_t)e.column <= line.length() && line[e.column - 1] == c;
}

std::vector<std::string> files_of_unit()
{
	std::set<std::string> files;

	for (unsigned i = 0; i < LINEMAPS_ORDINARY_USED(line_table); i++) {
		const line_map_ordinary *m = LINEMAPS_ORDINARY_MAP_AT(line_table, i);
		std::string file = in_tree(ORDINARY_MAP_FILE_NAME(m));
		if (!file.empty() && file[0] != '<' && !ORDINARY_MAP_IN_SYSTEM_HEADER_P(m))
			files.insert(file);
	}
	return { files.begin(), files.end() };
}

location_t token::where() const
{
	const line_map_ordinary *best = NULL;

	for (unsigned i = 0; i < LINEMAPS_ORDINARY_USED(line_table); i++) {
		const line_map_ordinary *m = LINEMAPS_ORDINARY_MAP_AT(line_table, i);
		if (in_tree(ORDINARY_MAP_FILE_NAME(m)) == file &&
		    ORDINARY_MAP_STARTING_LINE_NUMBER(m) <= (linenum_type)line)
			best = m;
	}
	return best ? linemap_position_for_line_and_column(line_table, best, line, column) : UNKNOWN_LOCATION;
}

/* ---- Reading a file's identifiers */

namespace {
class scanner {
public:
	scanner(const std::string &name, const std::string &content) : file(name), text(content) {}
	std::vector<token> run();

private:
	void skip_to(const char *end);
	void skip_quoted(char quote);
	void step() { column = text[at] == '\n' ? (line++, 1) : column + 1; at++; }
	bool looking_at(const char *s) const { return text.compare(at, strlen(s), s) == 0; }
	void identifier();
	void block_closes();

	const std::string &file, &text;
	size_t at = 0;
	int line = 1, column = 1;
	std::vector<token> found;
	struct open_block { size_t first; bool excused; };
	std::vector<open_block> open;
};
}

void scanner::skip_to(const char *end)
{
	while (at < text.size() && !looking_at(end))
		step();
	for (const char *c = end; *c && at < text.size(); c++)
		step();
}

void scanner::skip_quoted(char quote)
{
	step();
	while (at < text.size() && text[at] != quote && text[at] != '\n') {
		if (text[at] == '\\')
			step();
		if (at < text.size())
			step();
	}
	if (at < text.size())
		step();
}

void scanner::identifier()
{
	token t = { "", file, line, column, false };

	while (at < text.size() && (isalnum((unsigned char)text[at]) || text[at] == '_')) {
		t.text += text[at];
		step();
	}
	if (t.text == "unsafe_because" && !open.empty())
		open.back().excused = true;
	found.push_back(t);
}

void scanner::block_closes()
{
	if (open.empty())
		return;
	if (open.back().excused)
		for (size_t i = open.back().first; i < found.size(); i++)
			found[i].excused = true;
	open.pop_back();
}

std::vector<token> scanner::run()
{
	while (at < text.size()) {
		char c = text[at];

		if (looking_at("/*")) {
			skip_to("*/");
		} else if (looking_at("//")) {
			skip_to("\n");
		} else if (c == '"' || c == '\'') {
			skip_quoted(c);
		} else if (isalpha((unsigned char)c) || c == '_') {
			identifier();
		} else if (isdigit((unsigned char)c)) {
			while (at < text.size() && (isalnum((unsigned char)text[at]) || text[at] == '.'))
				step();
		} else {
			if (c == '{')
				open.push_back({ found.size(), false });
			else if (c == '}')
				block_closes();
			step();
		}
	}
	return found;
}

std::vector<token> tokens_of(const std::string &file)
{
	std::ifstream in(file);
	std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());

	return scanner(file, text).run();
}
