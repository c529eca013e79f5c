/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line discipline N_TTY as a machine of its own: bytes of the line go in, bytes for the program
 * come out, and the other way round, as termios(3) says. It knows no locks, tasks or devices, so
 * that it is tested on the host: its owner (struct tty) calls it with the terminal's lock held and
 * acts on the events that it leaves behind. A struct ntty is zeroed, gets its buffers and settings,
 * and lives as long as its terminal. Behaviour: termios(3), n_tty of Linux 6.1.
 */
#pragma once
#include <murre/base/compiler.h>
#include <asm/termbits.h>

/* One line with its end is at most this long; powers of two. */
#define NTTY_INPUT_BYTES 4096u
/* Programs fill the output ring up to the limit; what is above is for echo, which cannot wait. */
#define NTTY_OUTPUT_BYTES 8192u
#define NTTY_OUTPUT_LIMIT 4096u
/* A control character with this value is switched off (_POSIX_VDISABLE); it also stands for an end
 * of file in the input. */
#define NTTY_DISABLED 0

/* What the line says of a received byte. */
enum ntty_mark { NTTY_NORMAL, NTTY_BREAK, NTTY_PARITY, NTTY_FRAMING, NTTY_OVERRUN };

enum ntty_event {
	NTTY_INTERRUPT = 1,		/* SIGINT, SIGQUIT, SIGTSTP for the foreground group */
	NTTY_QUIT = 2,
	NTTY_SUSPEND = 4,
	NTTY_READABLE = 8,		/* a reader may find something */
	NTTY_OUTPUT_DROPPED = 16,	/* the ring was flushed; so is the lower half */
	NTTY_FLOW = 32,			/* output was stopped or started */
};

struct ntty_buffers {
	uint8_t input[NTTY_INPUT_BYTES];
	uint64_t ends[NTTY_INPUT_BYTES / 64];	/* input bytes that end a line */
	uint8_t output[NTTY_OUTPUT_BYTES];
};

struct ntty {
	struct ktermios termios;	/* changed by ntty_set_termios only */
	uint64_t special[4];		/* input bytes that need a look */
	struct ntty_buffers *buffers;
	unsigned events;		/* enum ntty_event, collected until ntty_take_events */

	/* Input. Free-running positions, tail <= canon_head <= head; lines up to canon_head are
	 * complete. */
	uint32_t head, canon_head, tail;
	bool plain;			/* no byte needs a look and none is echoed */
	bool next_is_literal;		/* after VLNEXT */
	bool erasing;			/* inside ECHOPRT's \.../ */

	/* Output. */
	uint32_t out_head, out_tail;
	uint32_t column, canon_column;	/* of the cursor; where the line being typed began */
	bool stopped;			/* by VSTOP or TCXONC */
	bool stopped_by_program;	/* by TCXONC: no typed character starts it again */
};

/* Settings of a fresh terminal: 38400 bps, cooked, echo. */
extern const struct ktermios ntty_default_termios;

void ntty_init(struct ntty *n, struct ntty_buffers *b, const struct ktermios *t);
/* Takes new settings; what is in the buffers is kept, and seen as the new mode does. */
void ntty_set_termios(struct ntty *n, const struct ktermios *t);

/* Bytes from the line, with their marks or NULL for none. The count taken; fewer than given: no
 * room until a reader comes. */
size_t ntty_receive(struct ntty *n, const uint8_t *bytes, const uint8_t *marks, size_t count);
/* Is there anything to read: in raw mode at least `least` bytes. */
bool ntty_readable(const struct ntty *n, size_t least);
/* Bytes that reads would return now, ends of file not counted (FIONREAD). */
size_t ntty_input_count(const struct ntty *n);
/* Moves input to a reader that wants `cap` more bytes. *line_ended: its read(2) is complete, be it
 * with 0 bytes. */
size_t ntty_read(struct ntty *n, uint8_t *to, size_t cap, bool *line_ended);
void ntty_flush_input(struct ntty *n);
/* Few free bytes are left, and readers have something to take: the sender should pause; and: enough
 * are free again. */
bool ntty_input_tight(const struct ntty *n);
bool ntty_input_slack(const struct ntty *n);
/* After ntty_receive had no room: is there some now? */
bool ntty_has_room(const struct ntty *n);

/* Bytes from a program, through output processing into the ring. The count taken. */
size_t ntty_write(struct ntty *n, const uint8_t *bytes, size_t count);
/* Bytes for the line: a run of the ring in place, *count long, 0 when empty or stopped;
 * ntty_output_done takes them out. */
const uint8_t *ntty_output(const struct ntty *n, size_t *count);
void ntty_output_done(struct ntty *n, size_t count);
static inline uint32_t ntty_output_count(const struct ntty *n) { return n->out_head - n->out_tail; }
void ntty_flush_output(struct ntty *n);

/* Stops and starts output, as VSTOP and VSTART (by_program: as TCXONC). */
void ntty_stop(struct ntty *n, bool by_program);
void ntty_start(struct ntty *n, bool by_program);

static inline unsigned ntty_take_events(struct ntty *n)
{
	unsigned events = n->events;

	n->events = 0;
	return events;
}

/* Between the discipline's own files. ---------------------------------------------------------- */

static inline bool ntty_iflag(const struct ntty *n, tcflag_t f) { return n->termios.c_iflag & f; }
static inline bool ntty_oflag(const struct ntty *n, tcflag_t f) { return n->termios.c_oflag & f; }
static inline bool ntty_lflag(const struct ntty *n, tcflag_t f) { return n->termios.c_lflag & f; }
static inline bool ntty_is_char(const struct ntty *n, unsigned which,
				uint8_t c) { return n->termios.c_cc[which] == c; }
/* Input is handed out by lines. */
static inline bool ntty_by_lines(const struct ntty *n)
{
	return (n->termios.c_lflag & (ICANON | EXTPROC)) == ICANON;
}

static inline uint8_t *ntty_input_at(const struct ntty *n, uint32_t pos)
{
	return &n->buffers->input[pos % NTTY_INPUT_BYTES];
}

static inline bool ntty_end_at(const struct ntty *n, uint32_t pos)
{
	pos %= NTTY_INPUT_BYTES;
	return n->buffers->ends[pos / 64] >> pos % 64 & 1;
}

static inline void ntty_set_end(struct ntty *n, uint32_t pos, bool end)
{
	uint64_t bit = 1ull << pos % 64;
	uint64_t *word = &n->buffers->ends[pos % NTTY_INPUT_BYTES / 64];

	*word = end ? *word | bit : *word & ~bit;
}

/* When a line that is too long has filled the buffer, the last place is used again and again. */
static inline void ntty_put_input(struct ntty *n, uint8_t c)
{
	if (unlikely(n->head - n->tail == NTTY_INPUT_BYTES))
		n->head--;
	*ntty_input_at(n, n->head) = c;
	ntty_set_end(n, n->head, false);
	n->head++;
}

/* Latin-1, as far as the discipline looks at letters. */
static inline bool ntty_is_control(uint8_t c) { return c < 32 || c == 127; }
static inline bool ntty_is_upper(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline bool ntty_is_lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline bool ntty_is_word(uint8_t c)
{
	return ntty_is_upper(c) || ntty_is_lower(c) || (c >= '0' && c <= '9') || c == '_';
}

/* A byte inside a UTF-8 character, not its first. */
static inline bool ntty_is_continuation(const struct ntty *n, uint8_t c)
{
	return ntty_iflag(n, IUTF8) && (c & 0xc0) == 0x80;
}

/* Echo: a byte as it is, through output processing; a typed byte, ^X for control characters with
 * ECHOCTL; a typed byte of the line being edited, whose first column is noted. */
void ntty_echo_raw(struct ntty *n, uint8_t c);
void ntty_echo_char(struct ntty *n, uint8_t c);
void ntty_echo_input(struct ntty *n, uint8_t c);
/* Ends ECHOPRT's \.../. */
void ntty_finish_erasing(struct ntty *n);
/* VERASE, VWERASE, VKILL; VREPRINT. */
void ntty_erase(struct ntty *n, uint8_t c);
void ntty_reprint(struct ntty *n);
/* Output processing of one echoed byte, and one that goes out as it is. They are dropped when the
 * ring is full. */
void ntty_put_echo(struct ntty *n, uint8_t c);
void ntty_put_echo_unprocessed(struct ntty *n, uint8_t c);
