/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary of a file for join.py: lines of words between tabs. Which lines there are, sleep.cc and arith.cc say. */
#pragma once
#include "check.h"
#include <cstdio>

/* Where it goes, -fplugin-arg-handlecheck-sum=FILE; NULL: none is asked for. */
extern FILE *summary;

/* file:line:column where the user wrote it, behind all macros. */
std::string place_of(location_t where);
/* A name for a function or a variable that is the same in every file that means the same one. */
std::string id_of(tree decl);
std::string text_of(const_tree identifier);
