/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * N_TTY, from the line to the input buffer: marks of breaks and parity errors, mapping, flow
 * control, signals, line editing and ends of lines. Callers hold the terminal's lock. Source:
 * termios(3).
 */
#include "ntty.h"
#include <murre/string.h>

static size_t input_room(struct ntty *n);
static void receive_plain(struct ntty *n, const uint8_t *bytes, size_t count);
static void receive_byte(struct ntty *n, uint8_t c, uint8_t mark);
static void receive_marked(struct ntty *n, uint8_t c, uint8_t mark);
static void receive_special(struct ntty *n, uint8_t c);
static bool receive_flow(struct ntty *n, uint8_t c);
static bool receive_signal(struct ntty *n, uint8_t c);
static bool receive_editing(struct ntty *n, uint8_t c);
static bool receive_line_end(struct ntty *n, uint8_t c);
static void receive_ordinary(struct ntty *n, uint8_t c);
static void raise_signal(struct ntty *n, unsigned event);
static void start_by_any(struct ntty *n);
static void put_doubled(struct ntty *n, uint8_t c);

size_t ntty_receive(struct ntty *n, const uint8_t *bytes, const uint8_t *marks, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t part = min(input_room(n), count - done);

		if (part == 0)
			break;
		if (n->plain && !marks) {
			receive_plain(n, bytes + done, part);
			done += part;
			continue;
		}
		for (size_t end = done + part; done < end; done++)
			receive_byte(n, bytes[done], marks ? marks[done] : NTTY_NORMAL);
	}
	if (!ntty_by_lines(n) && n->head != n->tail)
		n->events |= NTTY_READABLE;
	return done;
}

bool ntty_has_room(const struct ntty *n)
{
	uint32_t used = n->head - n->tail;

	if (ntty_lflag(n, ICANON) && n->canon_head == n->tail)
		return true;
	return used <= NTTY_INPUT_BYTES / 2 || !ntty_readable(n, 1);
}

/*
 * Bytes that may be received without another look: each takes up to three places when PARMRK
 * doubles and marks it, and one place stays free. A line that is too long is not refused, for it
 * could never end then: its excess bytes overwrite each other in the last place until an end of
 * line comes.
 */
static size_t input_room(struct ntty *n)
{
	int room = (int)(NTTY_INPUT_BYTES - (n->head - n->tail));

	if (ntty_iflag(n, PARMRK))
		room = (room + 2) / 3;
	if (--room > 0)
		return room;
	if (!ntty_lflag(n, ICANON) || n->canon_head != n->tail)
		return 0;
	if (room < 0)
		n->head--;
	return 1;
}

static void receive_plain(struct ntty *n, const uint8_t *bytes, size_t count)
{
	size_t first = min(count, (size_t)(NTTY_INPUT_BYTES - n->head % NTTY_INPUT_BYTES));

	memcpy(ntty_input_at(n, n->head), bytes, first);
	memcpy(n->buffers->input, bytes + first, count - first);
	n->head += count;
}

static void receive_byte(struct ntty *n, uint8_t c, uint8_t mark)
{
	bool literal = n->next_is_literal;

	n->next_is_literal = false;
	if (unlikely(mark != NTTY_NORMAL)) {
		receive_marked(n, c, mark);
		return;
	}
	if (ntty_iflag(n, ISTRIP))
		c &= 0x7f;
	if (ntty_iflag(n, IUCLC) && ntty_lflag(n, IEXTEN) && ntty_is_upper(c))
		c += 'a' - 'A';
	if (ntty_lflag(n, EXTPROC) && !literal)
		ntty_put_input(n, c);
	else if (n->special[c / 64] >> c % 64 & 1 && !literal)
		receive_special(n, c);
	else
		receive_ordinary(n, c);
}

/* A break reads as a signal, as \377 \0 \0 or as \0; a bad byte is dropped, marked \377 \0 c, or
 * reads as \0. */
static void receive_marked(struct ntty *n, uint8_t c, uint8_t mark)
{
	bool is_break = mark == NTTY_BREAK;

	if (mark == NTTY_OVERRUN || (is_break ? ntty_iflag(n, IGNBRK) : ntty_iflag(n, INPCK) &&
				     ntty_iflag(n, IGNPAR)))
		return;
	if (is_break && ntty_iflag(n, BRKINT)) {
		raise_signal(n, NTTY_INTERRUPT);
		return;
	}
	if (!is_break && !ntty_iflag(n, INPCK)) {
		receive_ordinary(n, c);
		return;
	}
	if (ntty_iflag(n, PARMRK)) {
		ntty_put_input(n, 0xff);
		ntty_put_input(n, 0);
	}
	ntty_put_input(n, !is_break && ntty_iflag(n, PARMRK) ? c : 0);
}

static void receive_special(struct ntty *n, uint8_t c)
{
	if (ntty_iflag(n, IXON) && receive_flow(n, c))
		return;
	if (ntty_lflag(n, ISIG) && receive_signal(n, c))
		return;
	start_by_any(n);
	if (c == '\r') {
		if (ntty_iflag(n, IGNCR))
			return;
		if (ntty_iflag(n, ICRNL))
			c = '\n';
	} else if (c == '\n' && ntty_iflag(n, INLCR)) {
		c = '\r';
	}
	if (ntty_lflag(n, ICANON) && (receive_editing(n, c) || receive_line_end(n, c)))
		return;
	if (ntty_lflag(n, ECHO)) {
		ntty_finish_erasing(n);
		if (c == '\n')
			ntty_echo_raw(n, c);
		else
			ntty_echo_input(n, c);
	}
	put_doubled(n, c);
}

static bool receive_flow(struct ntty *n, uint8_t c)
{
	if (ntty_is_char(n, VSTART, c))
		ntty_start(n, false);
	else if (ntty_is_char(n, VSTOP, c))
		ntty_stop(n, false);
	else
		return false;
	return true;
}

static bool receive_signal(struct ntty *n, uint8_t c)
{
	unsigned event = ntty_is_char(n, VINTR, c) ? NTTY_INTERRUPT : ntty_is_char(n, VQUIT,
										   c) ? NTTY_QUIT :
			 ntty_is_char(n, VSUSP, c) ? NTTY_SUSPEND : 0;

	if (!event)
		return false;
	raise_signal(n, event);
	if (ntty_iflag(n, IXON))
		ntty_start(n, false);
	if (ntty_lflag(n, ECHO))
		ntty_echo_char(n, c);
	return true;
}

static void raise_signal(struct ntty *n, unsigned event)
{
	n->events |= event;
	if (ntty_lflag(n, NOFLSH))
		return;
	ntty_flush_output(n);
	ntty_flush_input(n);
}

static bool receive_editing(struct ntty *n, uint8_t c)
{
	bool extended = ntty_lflag(n, IEXTEN);

	if (ntty_is_char(n, VERASE, c) || ntty_is_char(n, VKILL, c) ||
	    (extended && ntty_is_char(n, VWERASE, c))) {
		ntty_erase(n, c);
		return true;
	}
	if (extended && ntty_is_char(n, VLNEXT, c)) {
		n->next_is_literal = true;
		if (ntty_lflag(n, ECHO)) {
			ntty_finish_erasing(n);
			if (ntty_lflag(n, ECHOCTL)) {
				ntty_echo_raw(n, '^');
				ntty_echo_raw(n, '\b');
			}
		}
		return true;
	}
	if (extended && ntty_lflag(n, ECHO) && ntty_is_char(n, VREPRINT, c)) {
		ntty_reprint(n);
		return true;
	}
	return false;
}

static bool receive_line_end(struct ntty *n, uint8_t c)
{
	if (c == '\n') {
		if (ntty_lflag(n, ECHO | ECHONL))
			ntty_echo_raw(n, '\n');
	} else if (ntty_is_char(n, VEOF, c)) {
		c = NTTY_DISABLED;
	} else if (ntty_is_char(n, VEOL, c) ||
		   (ntty_lflag(n, IEXTEN) && ntty_is_char(n, VEOL2, c))) {
		if (ntty_lflag(n, ECHO))
			ntty_echo_input(n, c);
		if (c == 0xff && ntty_iflag(n, PARMRK))
			ntty_put_input(n, c);
	} else {
		return false;
	}
	ntty_put_input(n, c);
	ntty_set_end(n, n->head - 1, true);
	n->canon_head = n->head;
	n->events |= NTTY_READABLE;
	return true;
}

static void receive_ordinary(struct ntty *n, uint8_t c)
{
	start_by_any(n);
	if (ntty_lflag(n, ECHO)) {
		ntty_finish_erasing(n);
		ntty_echo_input(n, c);
	}
	put_doubled(n, c);
}

static void start_by_any(struct ntty *n)
{
	if (unlikely(n->stopped) && ntty_iflag(n, IXON) && ntty_iflag(n, IXANY))
		ntty_start(n, false);
}

/* With PARMRK a real \377 is told from the mark of a bad byte by its double. */
static void put_doubled(struct ntty *n, uint8_t c)
{
	if (c == 0xff && ntty_iflag(n, PARMRK))
		ntty_put_input(n, c);
	ntty_put_input(n, c);
}
