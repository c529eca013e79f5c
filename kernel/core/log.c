/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log: a ring of variable-length records under one interrupt-safe lock, and the consoles that show it. A
 * record is written to the ring first and then, by the same caller, to every console that wants its level. After a
 * panic has begun no lock is waited for any more.
 */
#include <murre/base/address.h>
#include <murre/log.h>
#include <murre/lock.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/time.h>
#include "core.h"

enum { RING_BYTES = 64 * 1024, TEXT_MAX = sizeof(((struct log_record *)0)->text) };

struct aligned_to(32) record_head {
	uint64_t seq;
	int64_t ns;
	uint16_t length;		/* of the text that follows */
	uint16_t bytes;			/* of head, text and padding */
	uint32_t level;
};

/* Offsets grow for ever; the place in the ring is the offset modulo its size. Records do not wrap: one that would is
 * preceded by a filler head with length 0 and level LOG_DEBUG + 1. */
struct log_ring {
	uint64_t first, next;		/* offsets of the oldest record and of the free space */
	uint64_t first_seq, next_seq;
	char bytes[RING_BYTES] aligned_to(sizeof(struct record_head));
};
enum { LEVEL_FILLER = LOG_DEBUG + 1 };

DEFINE_GUARDED_IRQ(log_ring, struct log_ring, RANK_LOG)
/* Nothing to hold but the turn: consoles write one line at a time. */
DEFINE_GUARDED_IRQ(console_turn, struct { char unused; }, RANK_CONSOLE)

static guarded(log_ring) ring;
static guarded(console_turn) turn;
static struct console *console_first;		/* grows at its head, never shrinks but for the early one */
int log_console_level = 7;

static void consoles_show(enum log_level level, nsec_t now, const char *text, size_t n);

static struct record_head *head_at(struct log_ring *r, uint64_t offset)
{
	return overlay(struct record_head, &r->bytes[offset % RING_BYTES]);
}

static void record_drop_oldest(struct log_ring *r)
{
	struct record_head *h = head_at(r, r->first);

	if (h->level != LEVEL_FILLER)
		r->first_seq++;
	r->first += h->bytes;
}

static struct record_head *record_reserve(struct log_ring *r, size_t bytes)
{
	while (r->next + bytes - r->first > RING_BYTES)
		record_drop_oldest(r);
	struct record_head *h = head_at(r, r->next);
	r->next += bytes;
	h->bytes = bytes;
	return h;
}

static void record_append(struct log_ring *r, enum log_level level, nsec_t now, const char *text, size_t n)
{
	size_t bytes = align_up(sizeof(struct record_head) + n, sizeof(struct record_head));
	size_t to_end = RING_BYTES - r->next % RING_BYTES;
	struct record_head *h;

	if (bytes > to_end)
		record_reserve(r, to_end)->level = LEVEL_FILLER;
	h = record_reserve(r, bytes);
	h->seq = r->next_seq++;
	h->ns = now.ns;
	h->level = level;
	h->length = n;
	memcpy(h + 1, text, n);
}
_Static_assert(RING_BYTES % sizeof(struct record_head) == 0, "a filler head always fits");

static void console_line(struct console *c, nsec_t now, const char *text, size_t n)
{
	char line[TEXT_MAX + 32] not_zeroed;		/* written by text_print */
	struct text_out out = text_out_to(line, sizeof(line));

	text_print(&out, "[%5ld.%06ld] %.*s\n", now.ns / NSEC_PER_SEC, now.ns % NSEC_PER_SEC / NSEC_PER_USEC, (int)n, text);
	c->write(c, line, out.len);
}

void log_print(enum log_level level, const char *fmt, ...)
{
	char text[TEXT_MAX] not_zeroed;			/* written by text_vprint */
	struct text_out out = text_out_to(text, sizeof(text));
	nsec_t now = clock_now();
	va_list args;

	va_start(args, fmt);
	text_vprint(&out, fmt, args);
	va_end(args);
	log_write(level, now, text, out.len);
}

void log_write(enum log_level level, nsec_t now, const char *text, size_t n)
{
	while (n && text[n - 1] == '\n')
		n--;
	n = min(n, (size_t)TEXT_MAX);
	if (panic_in_progress()) {
		consoles_show(level, now, text, n);
		return;
	}
	{
		hold(log_ring, r, &ring);
		record_append(in(r), level, now, text, n);
	}
	hold(console_turn, t, &turn);
	consoles_show(level, now, text, n);
}

static void consoles_show(enum log_level level, nsec_t now, const char *text, size_t n)
{
	if ((int)level >= log_console_level)
		return;
	for (struct console *c = rcu_load(console_first); c; c = c->next)
		console_line(c, now, text, n);
}

/* Without console= words the first console serves; with them, those that they name. */
static bool console_wanted(const struct console *c)
{
	const char *word = cmdline_word(0, "console");
	size_t n = strlen(c->name);

	if (!word)
		return !console_first || strcmp(console_first->name, "early") == 0;
	for (unsigned i = 0; (word = cmdline_word(i, "console")); i++)
		if (strncmp(word, c->name, n) == 0 && (word[n] == 0 || word[n] == ','))
			return true;
	return strcmp(c->name, "early") == 0;
}

static void console_replay(struct console *c)
{
	struct log_record r not_zeroed;			/* filled by log_read */

	for (uint64_t seq = 0; log_read(&seq, &r);)
		if ((int)r.level < log_console_level)
			console_line(c, nsec(r.ns), r.text, r.length);
}

void console_register(struct console *c)
{
	struct console *early = console_first;
	bool takes_over = early && strcmp(early->name, "early") == 0;

	if (!console_wanted(c))
		return;
	if (!takes_over)
		console_replay(c);		/* the early console has shown it all on the same wire */
	c->next = takes_over ? NULL : console_first;
	rcu_store(console_first, c);
}

bool log_read(uint64_t *seq, struct log_record *out)
{
	hold(log_ring, r, &ring);
	struct log_ring *l = in(r);

	*seq = max(*seq, l->first_seq);
	for (uint64_t at = l->first; at < l->next; at += head_at(l, at)->bytes) {
		struct record_head *h = head_at(l, at);

		if (h->level == LEVEL_FILLER || h->seq < *seq)
			continue;
		*out = (struct log_record){ .seq = h->seq, .ns = h->ns, .level = h->level, .length = h->length };
		memcpy(out->text, h + 1, h->length);
		*seq = h->seq + 1;
		return true;
	}
	return false;
}

uint64_t log_first_seq(void)
{
	hold(log_ring, r, &ring);
	return in(r)->first_seq;
}

uint64_t log_next_seq(void)
{
	hold(log_ring, r, &ring);
	return in(r)->next_seq;
}

/* loglevel=N shows what is more important than N, quiet is 4, debug is all (kernel parameters of Linux). */
void log_levels_from_cmdline(void)
{
	const char *level = cmdline_value("loglevel");

	if (cmdline_has("quiet"))
		log_console_level = 4;
	if (cmdline_has("debug"))
		log_console_level = 10;
	if (level)
		log_console_level = (int)min(string_to_u64(level, NULL, 10), 15ul);
}
