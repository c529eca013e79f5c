/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first line of a script, "#!interpreter [optional-arg]": one interpreter, at most one argument, which is the rest of
 * the line without the blanks around it. Works on a copy of the file's first SCRIPT_LINE_BYTES. execve(2).
 */
#include <murre/string.h>
#include "exec.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool ends_word(char c) { return is_blank(c) || c == '\0'; }

static char *skip_blanks(char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static char *skip_word(char *p, const char *end)
{
	while (p < end && !ends_word(*p))
		p++;
	return p;
}

/* line has SCRIPT_LINE_BYTES bytes, zeros behind a shorter file. Its last byte is never looked at: a name that reaches it
 * may have been cut off, and half a name must not be run. An argument may be cut off. */
result(script_words) script_line_read(char *line)
{
	RETURNS(script_words);
	struct script_words words = {};
	char *limit = line + SCRIPT_LINE_BYTES - 1;
	char *newline = memchr(line, '\n', SCRIPT_LINE_BYTES);
	char *end = newline ? newline : limit;
	char *p;

	if (line[0] != '#' || line[1] != '!')
		return FAIL(ENOEXEC);
	if (!newline && skip_word(skip_blanks(line + 2, limit), limit) == limit)
		return FAIL(ENOEXEC);
	while (end > line + 2 && is_blank(end[-1]))
		end--;
	p = skip_blanks(line + 2, end);
	if (p == end || *p == '\0')
		return FAIL(ENOEXEC);
	words.interpreter = p;
	p = skip_word(p, end);
	if (p < end && is_blank(*p)) {
		*p++ = '\0';
		p = skip_blanks(p, end);
		if (p < end && *p != '\0')
			words.argument = p;
	}
	*end = '\0';
	return OK(script_words, words);
}
