/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first serial port of a PC, polled: shows messages until a real console takes over. It is set
 * to 115200 baud, 8 data bits, no parity (8250 data sheet), and left alone when nothing answers.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <murre/log.h>
#include "boot.h"

static const io_region port = { .base = 0x3f8, .is_port = true };
enum { DATA, INTERRUPTS, FIFO, LINE, MODEM, LINE_STATUS, MODEM_STATUS, SCRATCH };
#define DIVISOR_ACCESS 0x80
#define EIGHT_BITS 0x03
#define TRANSMITTER_EMPTY 0x20
/* About what one character takes at the slowest speed in use, in reads of a port. */
#define POLLS_MOST 20000

static void put(char c)
{
	for (unsigned i = 0; i < POLLS_MOST && !(io_read8(port, LINE_STATUS) & TRANSMITTER_EMPTY);
	     i++)
		arch_cpu_relax();
	io_write8(port, DATA, (uint8_t)c);
}

static void early_write(struct console *c, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

start_code static bool is_there(void)
{
	io_write8(port, SCRATCH, 0x5a);
	if (io_read8(port, SCRATCH) != 0x5a)
		return false;
	io_write8(port, SCRATCH, 0xa5);
	return io_read8(port, SCRATCH) == 0xa5;
}

start_code void early_console_start(void)
{
	static struct console early = { .name = "early", .write = early_write };

	if (!is_there())
		return;
	io_write8(port, INTERRUPTS, 0);
	io_write8(port, LINE, DIVISOR_ACCESS | EIGHT_BITS);
	io_write8(port, DATA, 1);
	io_write8(port, INTERRUPTS, 0);
	io_write8(port, LINE, EIGHT_BITS);
	/* The FIFOs stay as they are: somebody may have typed already. */
	io_write8(port, MODEM, 0x03);
	console_register(&early);
}
