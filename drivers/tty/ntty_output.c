/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * N_TTY, from programs and echo to the line: output processing (c_oflag) into a ring that the lower
 * half empties. The column of the cursor is tracked for tabs and erasing. Callers hold the
 * terminal's lock. Source: termios(3).
 */
#include "ntty.h"
#include <murre/string.h>

static size_t write_processed(struct ntty *n, const uint8_t *bytes, size_t count);
static size_t ordinary_run(const struct ntty *n, const uint8_t *bytes, size_t count,
			   uint32_t *columns);
static bool process_byte(struct ntty *n, uint8_t c, uint32_t limit);
static bool process_control(struct ntty *n, uint8_t c, uint32_t limit);
static bool newline(struct ntty *n, uint32_t limit);
static bool carriage_return(struct ntty *n, uint32_t limit);
static bool tab(struct ntty *n, uint32_t limit);
static bool put(struct ntty *n, const char *bytes, uint32_t count, uint32_t limit);
static void put_run(struct ntty *n, const uint8_t *bytes, size_t count);

static inline uint32_t free_below(const struct ntty *n, uint32_t limit)
{
	uint32_t used = ntty_output_count(n);

	return used < limit ? limit - used : 0;
}

size_t ntty_write(struct ntty *n, const uint8_t *bytes, size_t count)
{
	size_t part = min(count, (size_t)free_below(n, NTTY_OUTPUT_LIMIT));

	if (ntty_oflag(n, OPOST))
		return write_processed(n, bytes, part);
	put_run(n, bytes, part);
	return part;
}

const uint8_t *ntty_output(const struct ntty *n, size_t *count)
{
	uint32_t from = n->out_tail % NTTY_OUTPUT_BYTES;

	*count = n->stopped ? 0 : min(ntty_output_count(n), NTTY_OUTPUT_BYTES - from);
	return &n->buffers->output[from];
}

void ntty_output_done(struct ntty *n, size_t count)
{
	n->out_tail += count;
}

void ntty_flush_output(struct ntty *n)
{
	n->out_tail = n->out_head;
	n->events |= NTTY_OUTPUT_DROPPED;
}

void ntty_stop(struct ntty *n, bool by_program)
{
	if (by_program)
		n->stopped_by_program = true;
	n->stopped = true;
	n->events |= NTTY_FLOW;
}

void ntty_start(struct ntty *n, bool by_program)
{
	if (by_program != n->stopped_by_program)
		return;
	n->stopped_by_program = false;
	if (n->stopped)
		n->events |= NTTY_FLOW;
	n->stopped = false;
}

/* As in Linux \377 is echoed unprocessed, even with OLCUC. */
void ntty_put_echo(struct ntty *n, uint8_t c)
{
	if (unlikely(c == 0xff))
		n->column += put(n, (const char *)&c, 1, NTTY_OUTPUT_BYTES);
	else if (ntty_oflag(n, OPOST))
		process_byte(n, c, NTTY_OUTPUT_BYTES);
	else
		put(n, (const char *)&c, 1, NTTY_OUTPUT_BYTES);
}

void ntty_put_echo_unprocessed(struct ntty *n, uint8_t c)
{
	put(n, (const char *)&c, 1, NTTY_OUTPUT_BYTES);
}

/* Runs of ordinary bytes are copied at once; only the others are looked at one by one. */
static size_t write_processed(struct ntty *n, const uint8_t *bytes, size_t count)
{
	size_t done = 0;

	while (done < count) {
		uint32_t columns = 0;
		size_t run = ordinary_run(n, bytes + done,
					  min(count - done,
					      (size_t)free_below(n, NTTY_OUTPUT_LIMIT)),
					  &columns);

		put_run(n, bytes + done, run);
		n->column += columns;
		done += run;
		if (done == count || !process_byte(n, bytes[done], NTTY_OUTPUT_LIMIT))
			break;
		done++;
	}
	return done;
}

static size_t ordinary_run(const struct ntty *n, const uint8_t *bytes, size_t count,
			   uint32_t *columns)
{
	bool utf8 = ntty_iflag(n, IUTF8);
	size_t i = 0;

	if (ntty_oflag(n, OLCUC))
		return 0;
	for (; i < count && !ntty_is_control(bytes[i]); i++)
		*columns += !utf8 || (bytes[i] & 0xc0) != 0x80;
	return i;
}

/* False: no room, nothing done. */
static bool process_byte(struct ntty *n, uint8_t c, uint32_t limit)
{
	if (ntty_is_control(c))
		return process_control(n, c, limit);
	if (ntty_oflag(n, OLCUC) && ntty_is_lower(c))
		c -= 'a' - 'A';
	if (!put(n, (const char *)&c, 1, limit))
		return false;
	n->column += !ntty_is_continuation(n, c);
	return true;
}

static bool process_control(struct ntty *n, uint8_t c, uint32_t limit)
{
	switch (c) {
	case '\n':
		return newline(n, limit);
	case '\r':
		return carriage_return(n, limit);
	case '\t':
		return tab(n, limit);
	}
	if (!put(n, (const char *)&c, 1, limit))
		return false;
	if (c == '\b' && n->column > 0)
		n->column--;
	return true;
}

static bool newline(struct ntty *n, uint32_t limit)
{
	bool with_return = ntty_oflag(n, ONLCR);

	if (!put(n, with_return ? "\r\n" : "\n", with_return ? 2 : 1, limit))
		return false;
	if (with_return || ntty_oflag(n, ONLRET))
		n->column = 0;
	n->canon_column = n->column;
	return true;
}

static bool carriage_return(struct ntty *n, uint32_t limit)
{
	bool as_newline = ntty_oflag(n, OCRNL);

	if (ntty_oflag(n, ONOCR) && n->column == 0)
		return true;
	if (!put(n, as_newline ? "\n" : "\r", 1, limit))
		return false;
	if (!as_newline || ntty_oflag(n, ONLRET))
		n->canon_column = n->column = 0;
	return true;
}

static bool tab(struct ntty *n, uint32_t limit)
{
	uint32_t width = 8 - (n->column & 7);
	bool as_spaces = (n->termios.c_oflag & TABDLY) == XTABS;

	if (!put(n, as_spaces ? "        " : "\t", as_spaces ? width : 1, limit))
		return false;
	n->column += width;
	return true;
}

static bool put(struct ntty *n, const char *bytes, uint32_t count, uint32_t limit)
{
	if (free_below(n, limit) < count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		n->buffers->output[n->out_head++ % NTTY_OUTPUT_BYTES] = bytes[i];
	return true;
}

/* The caller has seen that there is room. */
static void put_run(struct ntty *n, const uint8_t *bytes, size_t count)
{
	uint32_t at = n->out_head % NTTY_OUTPUT_BYTES;
	size_t first = min(count, (size_t)(NTTY_OUTPUT_BYTES - at));

	memcpy(&n->buffers->output[at], bytes, first);
	memcpy(n->buffers->output, bytes + first, count - first);
	n->out_head += count;
}
