/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console ports of virtio consoles as terminals hvc0, hvc1 …, and as kernel consoles when console=
 * names them. A terminal lives as long as its port, for good. `input` keeps received bytes in
 * order: they are handed on from interrupts and from readers that have made room.
 */
#include "console.h"
#include <murre/string.h>
#include <murre/text.h>

#define MAJOR 229
/* How often a kernel message looks for a free buffer before it is dropped: the host may not take
 * any. */
#define CONSOLE_TRIES_MAX 1000000

DEFINE_GUARDED_IRQ(hvc_input, struct { char unused; }, RANK_TTY_INPUT)
struct port_terminal {
	struct tty tty;
	struct console console;
	struct port *port;
	char name[12];
	guarded(hvc_input) input;
};
EMBEDDED(port_terminal, tty, tty)
EMBEDDED(port_terminal, console, console)
DEFINE_BOX(port_terminal, struct port_terminal)
DEFINE_BOX_CACHE(port_terminal, struct port_terminal);

static result(unit) start_up(struct tty *t, struct can_sleep cs);
static void output(struct tty *t, tty_state_locked k);
static bool is_idle(struct tty *t, tty_state_locked k);
static void input_resume(struct tty *t);
static void console_write(struct console *c, const char *text, size_t n);

static const struct tty_ops hvc_ops = {
	.start_up = start_up,
	.output = output,
	.is_idle = is_idle,
	.input_resume = input_resume,
};

result(unit) port_terminal_add(struct port *p)
{
	RETURNS(unit);
	static unsigned count;
	own(port_terminal_box, box, TRY(port_terminal_box_new()));
	struct port_terminal *h = at(box);

	TRY(port_fill_input(p));
	TRY(port_make_output(p));
	TRY(port_make_output(p));
	text_format(h->name, sizeof(h->name), "hvc%u", count);
	h->port = p;
	h->tty.ops = &hvc_ops;
	h->tty.node.name = h->name;
	h->tty.node.dev = dev_make(MAJOR, count);
	h->tty.reset_on_close = true;
	h->console.name = h->name;
	h->console.write = console_write;
	TRY(tty_register(&h->tty));
	p->terminal = unbox(box);
	/* A terminal with nobody before it works all the same. */
	port_set_host_open(p, true);
	count++;
	vconsole_tell(p->device, p->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	console_register(&h->console);
	return DONE;
}

void port_terminal_resize(struct port *p, unsigned columns, unsigned rows)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	p->terminal->tty.initial_size = size;
	tty_resize(&p->terminal->tty, &size);
}

struct tty *port_terminal_tty(struct port *p) { return &p->terminal->tty; }

/* Hands input on until there is none, or no room. */
void port_terminal_input(struct port *p)
{
	hold(hvc_input, i, &p->terminal->input);
	struct port_buffer *b;

	while ((b = port_input(p))) {
		size_t n = tty_receive(&p->terminal->tty, b->bytes + b->from, NULL, b->count);

		b->from += n;
		b->count -= n;
		if (b->count > 0)
			return;
		port_input_done(p);
	}
}

void port_terminal_output(struct port *p)
{
	tty_output_poke(&p->terminal->tty);
}

static result(unit) start_up(struct tty *t, struct can_sleep cs)
{
	port_terminal_input(port_terminal_of_tty(t)->port);
	return DONE;
}

static void input_resume(struct tty *t)
{
	port_terminal_input(port_terminal_of_tty(t)->port);
}

static void output(struct tty *t, tty_state_locked k)
{
	struct port *p = port_terminal_of_tty(t)->port;
	const uint8_t *bytes;
	size_t n;

	for (bytes = tty_output(k, &n); n > 0; bytes = tty_output(k, &n)) {
		attempt(b, err, port_output(p));

		if (err)
			return;
		n = min(n, PORT_OUT_BYTES);
		memcpy(b->bytes, bytes, n);
		port_send(p, b, n);
		tty_output_done(t, k, n);
	}
}

static bool is_idle(struct tty *t, tty_state_locked k)
{
	return port_output_is_idle(port_terminal_of_tty(t)->port);
}

/* A line end of the log is a carriage return and a line feed to the terminal at the other end. */
static size_t text_to_terminal(uint8_t *to, const char **text, size_t *left)
{
	size_t count = 0;

	for (; *left > 0 && count + 2 <= PORT_OUT_BYTES; ++*text, --*left) {
		if (**text == '\n')
			to[count++] = '\r';
		to[count++] = **text;
	}
	return count;
}

static void console_write(struct console *c, const char *text, size_t n)
{
	struct port *p = port_terminal_of_console(c)->port;

	while (n > 0) {
		struct port_buffer *b = value_or(port_output(p), NULL);

		for (unsigned tries = 0; !b && tries < CONSOLE_TRIES_MAX; tries++) {
			arch_cpu_relax();
			b = value_or(port_output(p), NULL);
		}
		if (!b)
			return;
		size_t count = text_to_terminal(b->bytes, &text, &n);
		port_send(p, b, count);
	}
}
