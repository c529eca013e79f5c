/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * N_TTY, from the input buffer to readers, and the settings. Callers hold the terminal's lock.
 * Source: termios(3).
 */
#include "ntty.h"
#include <murre/string.h>

/* Input is slowed down when fewer bytes than this are free, and sped up when no more than this are
 * in use. */
#define FEW_BYTES 128u

static size_t read_line(struct ntty *n, uint8_t *to, size_t cap, bool *line_ended);
static size_t line_part(const struct ntty *n, size_t cap, bool *has_end);
static bool skip_end_of_file(struct ntty *n);
static void copy_input(struct ntty *n, uint8_t *to, size_t count);
static void set_special(struct ntty *n);
static void change_mode(struct ntty *n);

#define CONTROL(letter) ((letter) & 0x1f)

const struct ktermios ntty_default_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = CONTROL('C'), [VQUIT] = CONTROL('\\'), [VERASE] = 0177,
		[VKILL] = CONTROL('U'), [VEOF] = CONTROL('D'), [VMIN] = 1,
		[VSTART] = CONTROL('Q'), [VSTOP] = CONTROL('S'), [VSUSP] = CONTROL('Z'),
		[VREPRINT] = CONTROL('R'), [VDISCARD] = CONTROL('O'),
		[VWERASE] = CONTROL('W'), [VLNEXT] = CONTROL('V'),
	},
	.c_ispeed = 38400,
	.c_ospeed = 38400,
};

void ntty_init(struct ntty *n, struct ntty_buffers *b, const struct ktermios *t)
{
	n->buffers = b;
	n->termios = *t;
	set_special(n);
}

void ntty_set_termios(struct ntty *n, const struct ktermios *t)
{
	struct ktermios old = n->termios;

	n->termios = *t;
	if ((old.c_lflag ^ t->c_lflag) & (ICANON | EXTPROC))
		change_mode(n);
	set_special(n);
	/* Nothing that is typed could start it again. */
	if (old.c_iflag & IXON && !ntty_iflag(n, IXON))
		ntty_start(n, false);
	n->events |= NTTY_READABLE;
}

bool ntty_readable(const struct ntty *n, size_t least)
{
	if (ntty_by_lines(n))
		return n->canon_head != n->tail;
	return n->head - n->tail >= least;
}

size_t ntty_input_count(const struct ntty *n)
{
	size_t count = n->head - n->tail;

	if (!ntty_by_lines(n))
		return count;
	count = n->canon_head - n->tail;
	for (uint32_t at = n->tail; at != n->canon_head; at++)
		count -= ntty_end_at(n, at) && *ntty_input_at(n, at) == NTTY_DISABLED;
	return count;
}

size_t ntty_read(struct ntty *n, uint8_t *to, size_t cap, bool *line_ended)
{
	size_t count = min(cap, (size_t)(n->head - n->tail));

	if (ntty_by_lines(n))
		return read_line(n, to, cap, line_ended);
	copy_input(n, to, count);
	n->canon_head = n->tail;
	*line_ended = false;
	return count;
}

void ntty_flush_input(struct ntty *n)
{
	n->head = n->canon_head = n->tail;
	n->erasing = false;
}

bool ntty_input_tight(const struct ntty *n)
{
	if (ntty_lflag(n, ICANON) && n->canon_head == n->tail)
		return false;
	return NTTY_INPUT_BYTES - (n->head - n->tail) < FEW_BYTES;
}

bool ntty_input_slack(const struct ntty *n)
{
	return n->head - n->tail <= FEW_BYTES;
}

static size_t read_line(struct ntty *n, uint8_t *to, size_t cap, bool *line_ended)
{
	bool has_end;
	size_t count = line_part(n, cap, &has_end);
	bool ends_file = has_end && *ntty_input_at(n, n->tail + count - 1) == NTTY_DISABLED;

	copy_input(n, to, count - ends_file);
	n->tail += ends_file;
	/* A reader whose buffer the line fills to the last byte is not to read an empty line next.
	 * */
	*line_ended = has_end || skip_end_of_file(n) || n->tail == n->canon_head;
	return count - ends_file;
}

/* Bytes of the first line that fit, with its end. An end of file needs no place in the reader's
 * buffer. */
static size_t line_part(const struct ntty *n, size_t cap, bool *has_end)
{
	size_t limit = min(cap, (size_t)(n->canon_head - n->tail));

	for (size_t i = 0; i < limit; i++) {
		if (ntty_end_at(n, n->tail + i)) {
			*has_end = true;
			return i + 1;
		}
	}
	*has_end = false;
	return limit;
}

static bool skip_end_of_file(struct ntty *n)
{
	if (n->tail == n->canon_head || !ntty_end_at(n, n->tail) ||
	    *ntty_input_at(n, n->tail) != NTTY_DISABLED)
		return false;
	n->tail++;
	return true;
}

static void copy_input(struct ntty *n, uint8_t *to, size_t count)
{
	size_t first = min(count, (size_t)(NTTY_INPUT_BYTES - n->tail % NTTY_INPUT_BYTES));

	memcpy(to, ntty_input_at(n, n->tail), first);
	memcpy(to + first, n->buffers->input, count - first);
	n->tail += count;
}

/* What was read ahead raw counts as one line in line mode; lines lose their ends in raw mode. */
static void change_mode(struct ntty *n)
{
	memset(n->buffers->ends, 0, sizeof(n->buffers->ends));
	n->canon_head = n->tail;
	if (ntty_lflag(n, ICANON) && n->head != n->tail) {
		n->canon_head = n->head;
		ntty_set_end(n, n->head - 1, true);
	}
	n->erasing = false;
	n->next_is_literal = false;
}

static void mark_special(struct ntty *n, unsigned which)
{
	uint8_t c = n->termios.c_cc[which];

	n->special[c / 64] |= 1ull << c % 64;
}

static void mark_specials(struct ntty *n, const uint8_t *which, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mark_special(n, which[i]);
}

static void set_special(struct ntty *n)
{
	static const uint8_t line[] = { VERASE, VKILL, VEOF, VEOL };
	static const uint8_t extended[] = { VWERASE, VLNEXT, VEOL2, VREPRINT };
	static const uint8_t flow[] = { VSTART, VSTOP };
	static const uint8_t signals[] = { VINTR, VQUIT, VSUSP };
	bool by_line = ntty_lflag(n, ICANON);

	memset(n->special, 0, sizeof(n->special));
	if (by_line)
		mark_specials(n, line, array_size(line));
	if (by_line && ntty_lflag(n, IEXTEN))
		mark_specials(n, extended, array_size(extended));
	if (ntty_iflag(n, IXON))
		mark_specials(n, flow, array_size(flow));
	if (ntty_lflag(n, ISIG))
		mark_specials(n, signals, array_size(signals));
	if (by_line || ntty_iflag(n, INLCR))
		n->special[0] |= 1ull << '\n';
	if (ntty_iflag(n, IGNCR | ICRNL))
		n->special[0] |= 1ull << '\r';
	n->special[0] &= ~(1ull << NTTY_DISABLED);
	n->plain = !ntty_iflag(n, ISTRIP | IUCLC | IGNCR | ICRNL | INLCR | IXON | PARMRK) &&
		   !ntty_lflag(n, ICANON | ISIG | ECHO);
}
