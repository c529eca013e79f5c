/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * N_TTY, editing of the line being typed: echo, erasing a character, a word or all of it, and
 * printing it again. The line is the input between canon_head and head. Callers hold the terminal's
 * lock. Source: termios(3).
 */
#include "ntty.h"

enum erase_kind { ERASE_CHARACTER, ERASE_WORD, ERASE_LINE };

static void kill_without_erasing(struct ntty *n);
static void erase_back(struct ntty *n, enum erase_kind kind);
static uint32_t last_character(const struct ntty *n);
static void echo_erased(struct ntty *n, enum erase_kind kind, uint32_t count);
static void echo_erased_printing(struct ntty *n, uint32_t count);
static void echo_erased_tab(struct ntty *n);
static void echo_backspace(struct ntty *n);

void ntty_echo_raw(struct ntty *n, uint8_t c)
{
	ntty_put_echo(n, c);
}

void ntty_echo_char(struct ntty *n, uint8_t c)
{
	if (!ntty_lflag(n, ECHOCTL) || !ntty_is_control(c) || c == '\t') {
		ntty_put_echo(n, c);
		return;
	}
	ntty_put_echo_unprocessed(n, '^');
	ntty_put_echo_unprocessed(n, c ^ 0100);
	n->column += 2;
}

void ntty_echo_input(struct ntty *n, uint8_t c)
{
	if (n->canon_head == n->head)
		n->canon_column = n->column;
	ntty_echo_char(n, c);
}

void ntty_finish_erasing(struct ntty *n)
{
	if (!n->erasing)
		return;
	ntty_echo_raw(n, '/');
	n->erasing = false;
}

void ntty_erase(struct ntty *n, uint8_t c)
{
	if (n->head == n->canon_head)
		return;
	if (ntty_is_char(n, VERASE, c))
		erase_back(n, ERASE_CHARACTER);
	else if (ntty_is_char(n, VWERASE, c) && ntty_lflag(n, IEXTEN))
		erase_back(n, ERASE_WORD);
	else if (!ntty_lflag(n, ECHO) || !ntty_lflag(n, ECHOK) || !ntty_lflag(n, ECHOKE) ||
		 !ntty_lflag(n, ECHOE))
		kill_without_erasing(n);
	else
		erase_back(n, ERASE_LINE);
}

void ntty_reprint(struct ntty *n)
{
	ntty_finish_erasing(n);
	ntty_echo_char(n, n->termios.c_cc[VREPRINT]);
	ntty_echo_raw(n, '\n');
	for (uint32_t at = n->canon_head; at != n->head; at++)
		ntty_echo_char(n, *ntty_input_at(n, at));
}

static void kill_without_erasing(struct ntty *n)
{
	n->head = n->canon_head;
	if (!ntty_lflag(n, ECHO))
		return;
	ntty_finish_erasing(n);
	ntty_echo_char(n, n->termios.c_cc[VKILL]);
	if (ntty_lflag(n, ECHOK))
		ntty_echo_raw(n, '\n');
}

static void erase_back(struct ntty *n, enum erase_kind kind)
{
	bool inside_word = false;

	while (n->head != n->canon_head) {
		uint32_t start = last_character(n);
		uint8_t c = *ntty_input_at(n, start);

		/* A character whose first byte is missing stays. */
		if (ntty_is_continuation(n, c))
			break;
		if (kind == ERASE_WORD) {
			if (!ntty_is_word(c) && inside_word)
				break;
			inside_word |= ntty_is_word(c);
		}
		uint32_t count = n->head - start;
		n->head = start;
		if (ntty_lflag(n, ECHO))
			echo_erased(n, kind, count);
		if (kind == ERASE_CHARACTER)
			break;
	}
	if (n->head == n->canon_head && ntty_lflag(n, ECHO))
		ntty_finish_erasing(n);
}

/* Where the last character of the line begins: with IUTF8 it may be several bytes long. */
static uint32_t last_character(const struct ntty *n)
{
	uint32_t at = n->head - 1;

	while (ntty_is_continuation(n, *ntty_input_at(n, at)) && at != n->canon_head)
		at--;
	return at;
}

/* The count bytes from head on have just been erased. */
static void echo_erased(struct ntty *n, enum erase_kind kind, uint32_t count)
{
	uint8_t c = *ntty_input_at(n, n->head);

	if (ntty_lflag(n, ECHOPRT)) {
		echo_erased_printing(n, count);
	} else if (kind == ERASE_CHARACTER && !ntty_lflag(n, ECHOE)) {
		ntty_echo_char(n, n->termios.c_cc[VERASE]);
	} else if (c == '\t') {
		echo_erased_tab(n);
	} else if (!ntty_is_control(c)) {
		echo_backspace(n);
	} else if (ntty_lflag(n, ECHOCTL)) {
		echo_backspace(n);
		echo_backspace(n);
	}
}

/* For printing terminals: what is erased is printed once more, between \ and /. */
static void echo_erased_printing(struct ntty *n, uint32_t count)
{
	if (!n->erasing) {
		ntty_echo_raw(n, '\\');
		n->erasing = true;
	}
	ntty_echo_char(n, *ntty_input_at(n, n->head));
	for (uint32_t i = 1; i < count; i++) {
		ntty_echo_raw(n, *ntty_input_at(n, n->head + i));
		if (n->column > 0)
			n->column--;
	}
}

/* Goes back over an erased tab, to the column where what precedes it in the line ends. */
static void echo_erased_tab(struct ntty *n)
{
	uint32_t width = 0;
	bool after_tab = false;

	for (uint32_t at = n->head; at != n->canon_head && !after_tab; ) {
		uint8_t c = *ntty_input_at(n, --at);

		after_tab = c == '\t';
		if (after_tab)
			break;
		if (ntty_is_control(c))
			width += ntty_lflag(n, ECHOCTL) ? 2 : 0;
		else
			width += !ntty_is_continuation(n, c);
	}
	if (!after_tab)
		width += n->canon_column;
	for (uint32_t back = 8 - (width & 7); back > 0; back--) {
		ntty_put_echo_unprocessed(n, '\b');
		if (n->column > 0)
			n->column--;
	}
}

static void echo_backspace(struct ntty *n)
{
	ntty_echo_raw(n, '\b');
	ntty_echo_raw(n, ' ');
	ntty_echo_raw(n, '\b');
}
