/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial ports of a PC: UARTs 16550 (and 8250, 16450 without FIFO) at the four usual places, as
 * ttyS0..3 and as kernel consoles by polling. A port is found once at start and stays;
 * ns16550_line.c serves it. Source: PC16550D data sheet.
 */
#include "ns16550.h"
#include <murre/error_name.h>
#include <murre/start.h>
#include <murre/string.h>

/* Reads of a register, about a microsecond each, that a FIFO may take to empty at the slowest
 * speeds. */
#define POLLS_MAX 200000
/* Spins after which the transmitter is taken from someone who will not come back. */
#define TAKE_TRIES_MAX 1000000

static struct uart uarts[4];
static const struct { uint16_t port; uint8_t isa_irq; const char *name; } places[] = {
	{ 0x3f8, 4, "ttyS0" }, { 0x2f8, 3, "ttyS1" }, { 0x3e8, 4, "ttyS2" }, { 0x2e8, 3, "ttyS3" },
};

static bool uart_probe(struct uart *u);
static result(unit) uart_add(struct uart *u, unsigned n);
static void console_write(struct console *c, const char *text, size_t n);

START_TASK(ns16550_start, needs(tty_start, irq_start))
{
	if (!io_has_ports())
		return;
	for (unsigned n = 0; n < array_size(uarts); n++) {
		uarts[n].io = (io_region){ .base = places[n].port, .is_port = true };
		if (!uart_probe(&uarts[n]))
			continue;
		int err = error_of(uart_add(&uarts[n], n));
		if (err)
			log_err("%s: not registered (%s)", places[n].name, error_name(err));
	}
}

/* Is there an interrupt enable register that keeps its four bits and no more? And a FIFO? */
start_code static bool uart_probe(struct uart *u)
{
	io_write8(u->io, UART_IER, 0);
	if (io_read8(u->io, UART_IER) != 0)
		return false;
	io_write8(u->io, UART_IER, 0x0f);
	bool is_there = io_read8(u->io, UART_IER) == 0x0f;
	io_write8(u->io, UART_IER, 0);
	if (!is_there)
		return false;
	io_write8(u->io, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_1);
	u->fifo_bytes = (io_read8(u->io, UART_IIR) & 0xc0) == 0xc0 ? UART_FIFO_BYTES : 1;
	return true;
}

start_code static result(unit) uart_add(struct uart *u, unsigned n)
{
	RETURNS(unit);
	const char *options = console_options(places[n].name);

	u->isa_irq = places[n].isa_irq;
	u->irq_action.handler = uart_interrupt;
	u->irq_action.name = places[n].name;
	u->console.name = places[n].name;
	u->console.write = console_write;
	u->tty.ops = &uart_tty_ops;
	u->tty.node.name = places[n].name;
	u->tty.node.dev = dev_make(4, 64 + n);
	u->tty.initial = ntty_default_termios;
	u->tty.initial.c_cflag = CS8 | CREAD | HUPCL | CLOCAL;
	tty_set_speed(&u->tty.initial, 9600);
	if (options) {
		console_modes_read(&u->tty.initial, options, UART_BAUD_MAX);
		uart_line_set(u, &u->tty.initial);
	}
	TRY(tty_register(&u->tty));
	console_register(&u->console);
	return DONE;
}

/* The kernel console. -------------------------------------------------------------------------- */

static void console_put(struct uart *u, uint8_t c, unsigned *room)
{
	if (*room == 0) {
		for (unsigned i = 0; i < POLLS_MAX && !(uart_line_status(u) & UART_LSR_THRE); i++)
			arch_cpu_relax();
		*room = u->fifo_bytes;
	}
	io_write8(u->io, UART_TX, c);
	--*room;
}

static void console_write(struct console *c, const char *text, size_t n)
{
	struct uart *u = uart_of_console(c);
	unsigned room = 0;

	uart_transmitter_take(u);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			console_put(u, '\r', &room);
		console_put(u, text[i], &room);
	}
	uart_transmitter_give(u);
}

void uart_transmitter_take(struct uart *u)
{
	for (unsigned i = 0; __atomic_exchange_n(&u->sending, 1, __ATOMIC_ACQUIRE) &&
	     i < TAKE_TRIES_MAX; i++)
		arch_cpu_relax();
}
