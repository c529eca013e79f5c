/* SPDX-License-Identifier: GPL-2.0-only */
/* The line discipline N_TTY on the host: what is typed, what is echoed, what a program reads and
 * what the line sees. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../drivers/tty/ntty_edit.c"
#include "../../drivers/tty/ntty_input.c"
#include "../../drivers/tty/ntty_output.c"
#include "../../drivers/tty/ntty_read.c"

static struct ntty tty;
static struct ntty_buffers buffers;

static void fresh(tcflag_t iflag_off, tcflag_t iflag, tcflag_t oflag, tcflag_t lflag_off,
		  tcflag_t lflag)
{
	struct ktermios t = ntty_default_termios;

	t.c_iflag = (t.c_iflag & ~iflag_off) | iflag;
	t.c_oflag = oflag;
	t.c_lflag = (t.c_lflag & ~lflag_off) | lflag;
	tty = (struct ntty){};
	ntty_init(&tty, &buffers, &t);
}

static void cooked(void) { fresh(0, 0, OPOST | ONLCR, 0, 0); }
static void raw(tcflag_t iflag) { fresh(~0u, iflag, 0, ~0u, 0); }

static size_t type_n(const char *s, size_t n) { return ntty_receive(&tty, (const uint8_t *)s, NULL,
								    n); }
static void type(const char *s) { assert(type_n(s, strlen(s)) == strlen(s)); }

static void type_marked(uint8_t c, uint8_t mark) { assert(ntty_receive(&tty, &c, &mark, 1) == 1); }

static void line_sees_n(const char *s, size_t n)
{
	char got[NTTY_OUTPUT_BYTES + 1];
	size_t have = 0, part;

	for (;;) {
		const uint8_t *p = ntty_output(&tty, &part);
		if (part == 0)
			break;
		memcpy(got + have, p, part);
		have += part;
		ntty_output_done(&tty, part);
	}
	got[have] = 0;
	if (have != n || memcmp(got, s, n)) {
		printf("line sees \"%s\", not \"%s\"\n", got, s);
		abort();
	}
}
static void line_sees(const char *s) { line_sees_n(s, strlen(s)); }

static void reads_n(size_t cap, const char *s, size_t n)
{
	uint8_t got[8192];
	bool ended;

	assert(ntty_readable(&tty, 1));
	size_t have = ntty_read(&tty, got, cap, &ended);
	got[have] = 0;
	if (have != n || memcmp(got, s, n)) {
		printf("program reads \"%s\", not \"%s\"\n", got, s);
		abort();
	}
}
static void reads(const char *s) { reads_n(4096, s, strlen(s)); }
static void nothing_to_read(void) { assert(!ntty_readable(&tty, 1)); }

static void lines_and_echo(void)
{
	cooked();
	type("abc");
	nothing_to_read();
	line_sees("abc");
	type("d\r");
	line_sees("d\r\n");
	assert(ntty_take_events(&tty) & NTTY_READABLE);
	assert(ntty_input_count(&tty) == 5);
	reads("abcd\n");
	nothing_to_read();
	type("one\ntwo\nthree");
	reads_n(2, "on", 2);
	reads("e\n");
	reads("two\n");
	nothing_to_read();
	type("\001\t\n");
	line_sees("one\r\ntwo\r\nthree^A\t\r\n");
}

static void ends_of_file(void)
{
	cooked();
	type("\004");
	assert(ntty_input_count(&tty) == 0);
	reads("");
	type("abc\004def\n");
	reads("abc");
	reads("def\n");
	type("abc\004\004def\n");
	assert(ntty_input_count(&tty) == 7);
	reads_n(3, "abc", 3);
	reads("");
	reads("def\n");
	nothing_to_read();
	line_sees("abcdef\r\nabcdef\r\n");
}

static void erasing(void)
{
	cooked();
	type("ab\177c\n");
	line_sees("ab\b \bc\r\n");
	reads("ac\n");
	type("\177one two_3, \027x\n");
	line_sees("one two_3, \b \b\b \b\b \b\b \b\b \b\b \b\b \bx\r\n");
	reads("one x\n");
	type("kill\025\n");
	line_sees("kill\b \b\b \b\b \b\b \b\r\n");
	reads("\n");
	type("a\001\177\n");
	line_sees("a^A\b \b\b \b\r\n");
	reads("a\n");
	type("ab\tc\177\177\n");
	line_sees("ab\tc\b \b\b\b\b\b\b\b\r\n");
	reads("ab\n");
	type("\t\t\177\n");
	line_sees("\t\t\b\b\b\b\b\b\b\b\r\n");
	reads("\t\n");
}

static void erasing_utf8(void)
{
	fresh(0, IUTF8, OPOST | ONLCR, 0, 0);
	type("a\xc3\xa9\177\n");
	line_sees("a\xc3\xa9\b \b\r\n");
	reads("a\n");
	type("\xa9\177\n");
	reads("\xa9\n");
}

static void erasing_as_told(void)
{
	fresh(0, 0, OPOST | ONLCR, ECHOE | ECHOKE, 0);
	type("ab\177\025x\n");
	line_sees("ab^?^U\r\nx\r\n");
	reads("x\n");
	fresh(0, 0, OPOST | ONLCR, 0, ECHOPRT);
	type("abc\177\177d\n");
	line_sees("abc\\cb/d\r\n");
	reads("ad\n");
	fresh(0, 0, OPOST | ONLCR, ECHO, ECHONL);
	type("abc\025de\177\n");
	line_sees("\r\n");
	reads("d\n");
}

static void literal_and_reprint(void)
{
	cooked();
	type("a\026\003b\026\n\n");
	line_sees("a^\b^Cb^\b^J\r\n");
	reads("a\003b\n\n");
	assert(!(ntty_take_events(&tty) & NTTY_INTERRUPT));
	type("hi\022\n");
	line_sees("hi^R\r\nhi\r\n");
	reads("hi\n");
}

static void signals(void)
{
	cooked();
	type("abc\003");
	assert(ntty_take_events(&tty) & NTTY_INTERRUPT);
	line_sees("^C");
	type("d\n");
	reads("d\n");
	fresh(0, 0, OPOST | ONLCR, 0, NOFLSH);
	type("ab\034c\032\n");
	unsigned events = ntty_take_events(&tty);
	assert(events & NTTY_QUIT && events & NTTY_SUSPEND);
	line_sees("ab^\\c^Z\r\n");
	reads("abc\n");
	fresh(0, 0, 0, ISIG, 0);
	type("\003\n");
	reads("\003\n");
}

static void flow(void)
{
	cooked();
	type("\023");
	assert(tty.stopped);
	assert(ntty_write(&tty, (const uint8_t *)"x", 1) == 1);
	line_sees("");
	type("a\021");
	line_sees("xa");
	type("\023");
	ntty_start(&tty, true);
	assert(tty.stopped);
	ntty_stop(&tty, true);
	type("\021");
	assert(tty.stopped);
	ntty_start(&tty, true);
	assert(!tty.stopped);
	fresh(0, IXANY, 0, 0, 0);
	type("\023z");
	assert(!tty.stopped);
	line_sees("z");
	type("\023\021\n");
	reads("z\n");
}

static void mapping(void)
{
	raw(INLCR | IGNCR);
	type("a\rb\n");
	reads("ab\r");
	raw(ISTRIP);
	type("\xe1");
	reads("a");
	fresh(~0u, IUCLC, 0, ~0u, IEXTEN);
	type("AbZ1");
	reads("abz1");
	raw(PARMRK);
	type("\xff");
	type_marked(0, NTTY_BREAK);
	reads_n(10, "\xff\xff\xff\0\0", 5);
	raw(PARMRK | INPCK);
	type_marked('p', NTTY_PARITY);
	reads_n(10, "\xff\0p", 3);
	raw(INPCK);
	type_marked('p', NTTY_PARITY);
	reads_n(10, "\0", 1);
	raw(INPCK | IGNPAR | IGNBRK);
	type_marked('p', NTTY_FRAMING);
	type_marked(0, NTTY_BREAK);
	nothing_to_read();
	raw(BRKINT);
	type_marked(0, NTTY_BREAK);
	assert(ntty_take_events(&tty) & NTTY_INTERRUPT);
}

static void long_lines(void)
{
	char *a = malloc(5001);

	memset(a, 'a', 5000);
	cooked();
	assert(type_n(a, 5000) == 5000);
	type("\n");
	a[4095] = '\n';
	reads_n(8000, a, 4096);
	a[4095] = 'a';
	assert(type_n(a, 5000) == 5000);
	type("\177\177b\n");
	a[4093] = 'b';
	a[4094] = '\n';
	reads_n(8000, a, 4095);
	type("line\n");
	memset(a, 'a', 5000);
	assert(type_n(a, 5000) == 4090);
	assert(ntty_input_tight(&tty));
	reads("line\n");
	assert(ntty_has_room(&tty) && !ntty_input_tight(&tty));
	raw(0);
	assert(type_n(a, 5000) == 4095);
	reads_n(8000, a, 4095);
	assert(type_n(a, 5000) == 4095);
	reads_n(8000, a, 4095);
	free(a);
}

static void output(void)
{
	const uint8_t *tabs = (const uint8_t *)"a\tb\tc";

	fresh(0, 0, OPOST | XTABS | OLCUC, 0, 0);
	assert(ntty_write(&tty, tabs, 5) == 5);
	line_sees("A       B       C");
	fresh(0, 0, OPOST | OCRNL, 0, 0);
	assert(ntty_write(&tty, (const uint8_t *)"a\r\n", 3) == 3);
	line_sees("a\n\n");
	fresh(0, 0, OPOST | ONOCR, 0, 0);
	assert(ntty_write(&tty, (const uint8_t *)"\ra\r", 3) == 3);
	line_sees("a\r");
	fresh(0, 0, OPOST | ONLRET | XTABS, 0, 0);
	assert(ntty_write(&tty, (const uint8_t *)"abc\n\tx", 6) == 6);
	line_sees("abc\n        x");
	fresh(0, 0, 0, 0, 0);
	assert(ntty_write(&tty, (const uint8_t *)"a\n\0b", 4) == 4);
	line_sees_n("a\n\0b", 4);
}

static void full_output(void)
{
	static uint8_t many[10000];

	memset(many, '\n', sizeof(many));
	cooked();
	assert(ntty_write(&tty, many, sizeof(many)) == 2048);
	assert(ntty_write(&tty, many, 1) == 0);
	type("x");
	assert(ntty_output_count(&tty) == 4097);
	memset(many, 'y', sizeof(many));
	type_n((char *)many, sizeof(many));
	assert(ntty_output_count(&tty) == NTTY_OUTPUT_BYTES);
	ntty_flush_output(&tty);
	for (int i = 0; i < 10; i++) {
		assert(ntty_write(&tty, many, 3000) == 3000);
		many[3000] = 0;
		line_sees_n((char *)many, 3000);
	}
}

static void changing_modes(void)
{
	struct ktermios t;

	raw(0);
	type("ab");
	t = ntty_default_termios;
	ntty_set_termios(&tty, &t);
	reads("ab");
	type("cd\nef");
	t.c_lflag &= ~ICANON;
	ntty_set_termios(&tty, &t);
	assert(ntty_readable(&tty, 5) && !ntty_readable(&tty, 6));
	reads("cd\nef");
	t.c_iflag |= IXON;
	ntty_set_termios(&tty, &t);
	type("\023");
	t.c_iflag &= ~IXON;
	ntty_set_termios(&tty, &t);
	assert(!tty.stopped);
}

/* Any bytes under any settings: nothing is written beside the buffers, and the positions keep their
 * order. */
static void anything(void)
{
	uint8_t bytes[64], marks[64], got[64];
	bool ended;

	srand(1);
	cooked();
	for (int i = 0; i < 200000; i++) {
		size_t n = rand() % 64;
		for (size_t k = 0; k < n; k++) {
			bytes[k] = rand() % 4 ? rand() % 32 : rand();
			marks[k] = rand() % 8 ? 0 : rand() % 5;
		}
		if (rand() % 50 == 0) {
			struct ktermios t = ntty_default_termios;
			t.c_iflag = rand();
			t.c_oflag = rand();
			t.c_lflag = rand();
			ntty_set_termios(&tty, &t);
		}
		assert(ntty_receive(&tty, bytes, rand() % 2 ? marks : NULL, n) <= n);
		assert(ntty_write(&tty, bytes, n) <= n);
		if (rand() % 3 == 0 && ntty_readable(&tty, 1))
			assert(ntty_read(&tty, got, 1 + rand() % 64, &ended) <= 64);
		if (rand() % 2) {
			ntty_output(&tty, &n);
			ntty_output_done(&tty, n);
		}
		assert(tty.head - tty.tail <= NTTY_INPUT_BYTES &&
		       tty.canon_head - tty.tail <= tty.head - tty.tail);
		assert(ntty_output_count(&tty) <= NTTY_OUTPUT_BYTES);
		assert(ntty_input_count(&tty) <= NTTY_INPUT_BYTES);
	}
}

int main(void)
{
	lines_and_echo();
	ends_of_file();
	erasing();
	erasing_utf8();
	erasing_as_told();
	literal_and_reprint();
	signals();
	flow();
	mapping();
	long_lines();
	output();
	full_output();
	changing_modes();
	anything();
	return 0;
}
