/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A serial port with a 16550 UART, between the file that finds it and is the kernel's console and
 * the file that serves it as a terminal. Its registers are written under the terminal's lock; the
 * transmitter is shared with the console, which takes no lock that a panic could find taken: see
 * uart_transmitter_take. Source: PC16550D data sheet.
 */
#pragma once
#include "tty.h"
#include <arch/io.h>
#include <murre/irq.h>
#include <murre/log.h>
#include <linux/serial_reg.h>

/* With the PC's 1.8432 MHz clock; a divisor slows it down. */
#define UART_BAUD_MAX 115200u
#define UART_FIFO_BYTES 16

struct uart_input {			/* bytes received that found no room yet */
	uint8_t count, from;
	uint8_t bytes[UART_FIFO_BYTES], marks[UART_FIFO_BYTES];
};
DEFINE_GUARDED_IRQ(uart_input, struct uart_input, RANK_TTY_INPUT)

struct uart {
	struct tty tty;
	struct console console;
	struct irq_action irq_action;
	io_region io;
	unsigned isa_irq;
	unsigned fifo_bytes;		/* 1: no FIFO */
	bool irq_is_registered;
	uint8_t ier, lcr, mcr;		/* as written last */
	uint8_t urgent;			/* a byte to send before all others, 0: none */
	uint8_t line_errors;		/* read along with the line status, for the receiver */
	uint8_t modem_changes;		/* read along with the modem status, for the interrupt */
	uint32_t sending;		/* the transmitter is taken */
	guarded(uart_input) input;
};
EMBEDDED(uart, tty, tty)
EMBEDDED(uart, console, console)
EMBEDDED(uart, irq_action, irq_action)

extern const struct tty_ops uart_tty_ops;
bool uart_interrupt(struct irq_action *a);
/* Speed, bits, parity, stop bits. */
void uart_line_set(struct uart *u, const struct ktermios *m);
/* The transmitter for one FIFO's length, interrupts off. Who waits longer than that can take has
 * met a CPU that a panic stopped, or its own panic, and goes on. */
void uart_transmitter_take(struct uart *u);
static inline void uart_transmitter_give(struct uart *u) { __atomic_store_n(&u->sending, 0,
									    __ATOMIC_RELEASE); }

/* Reading it clears the error bits. */
static inline uint8_t uart_line_status(struct uart *u)
{
	uint8_t status = io_read8(u->io, UART_LSR);

	if (unlikely(status & UART_LSR_BRK_ERROR_BITS))
		__atomic_or_fetch(&u->line_errors, status & UART_LSR_BRK_ERROR_BITS,
				  __ATOMIC_RELAXED);
	return status;
}
