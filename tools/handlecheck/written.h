/* SPDX-License-Identifier: GPL-2.0-only */
/* Who wrote what: the file a token stands in (behind all macros), and the identifiers of a file. */
#pragma once
#include "check.h"

/* The file that the token at `where` is spelled in, relative to the tree; "" when GCC made it up. */
std::string written_in(location_t where);
/* The file whose text, before macros, `where` comes from. */
std::string used_in(location_t where);
/* The handle core, mm/ and arch/, with the headers that belong to them: they may do what others may not. */
bool in_core(const std::string &file);
/* Is c what stands there? GCC folds expressions, and what is left may point at another part of them. */
bool opens_with(location_t where, char c);

/* An identifier in a file, comments and strings left out. */
struct token {
	std::string text;
	std::string file;
	int line, column;
	bool excused;			/* unsafe_because() stands in its block or in one around it */
	location_t where() const;
};
std::vector<token> tokens_of(const std::string &file);
/* The main file and the headers of the tree that this compilation has read. */
std::vector<std::string> files_of_unit();
