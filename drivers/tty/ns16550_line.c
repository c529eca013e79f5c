/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial ports with a 16550 UART as terminals: settings, output from writers and from interrupts,
 * input, modem lines. Received bytes pass through `input`, in order; everything else is under the
 * terminal's lock. Source: PC16550D data sheet.
 */
#include "ns16550.h"

/* Causes that one interrupt may bring; who finds more, broken or just busy, gets them at the next
 * one. */
#define CAUSES_MAX 64
/* FIFOs filled from the writer itself while the device takes them at once; the rest is the
 * interrupt's. */
#define BURSTS_MAX 16
/* ASYNC_* flags of the usual ports, as setserial(8) shows them. */
#define BOOT_AUTOCONF (1 << 28)
#define SKIP_TEST (1 << 6)

static result(unit) start_up(struct tty *t, struct can_sleep cs);
static void shut_down(struct tty *t, struct can_sleep cs);
static void output(struct tty *t, tty_state_locked k);
static void drop_output(struct tty *t, tty_state_locked k);
static bool is_idle(struct tty *t, tty_state_locked k);
static void input_resume(struct tty *t);
static void set_modes(struct tty *t, tty_state_locked k, struct ktermios *now,
		      const struct ktermios *old);
static void throttle(struct tty *t, tty_state_locked k, bool on);
static void send_now(struct tty *t, tty_state_locked k, uint8_t c);
static void set_break(struct tty *t, tty_state_locked k, bool on);
static unsigned modem(struct tty *t, tty_state_locked k);
static void set_modem(struct tty *t, tty_state_locked k, unsigned set, unsigned clear);
static void describe(struct tty *t, struct serial_struct *out);

const struct tty_ops uart_tty_ops = {
	.start_up = start_up,
	.shut_down = shut_down,
	.output = output,
	.drop_output = drop_output,
	.is_idle = is_idle,
	.input_resume = input_resume,
	.set_modes = set_modes,
	.throttle = throttle,
	.send_now = send_now,
	.set_break = set_break,
	.modem = modem,
	.set_modem = set_modem,
	.describe = describe,
};

/* Registers. ----------------------------------------------------------------------------------- */

/* Reading it clears the change bits. */
static uint8_t modem_status(struct uart *u)
{
	uint8_t status = io_read8(u->io, UART_MSR);

	__atomic_or_fetch(&u->modem_changes, status & UART_MSR_ANY_DELTA, __ATOMIC_RELAXED);
	return status;
}

static void interrupts_change(struct uart *u, uint8_t set, uint8_t clear)
{
	uint8_t ier = (u->ier & ~clear) | set;

	if (ier == u->ier)
		return;
	u->ier = ier;
	io_write8(u->io, UART_IER, ier);
}

static void modem_change(struct uart *u, uint8_t set, uint8_t clear)
{
	u->mcr = (u->mcr & ~clear) | set;
	/* OUT2 lets interrupts through to the controller, whatever programs make of it. */
	io_write8(u->io, UART_MCR, u->ier ? u->mcr | UART_MCR_OUT2 : u->mcr);
}

void uart_line_set(struct uart *u, const struct ktermios *m)
{
	unsigned divisor = min((UART_BAUD_MAX + m->c_ospeed / 2) / max(m->c_ospeed, 1u), 0xffffu);

	u->lcr = (m->c_cflag & CSIZE) >> 4;
	u->lcr |= m->c_cflag & CSTOPB ? UART_LCR_STOP : 0;
	u->lcr |= m->c_cflag & PARENB ? UART_LCR_PARITY : 0;
	u->lcr |= m->c_cflag & PARODD ? 0 : UART_LCR_EPAR;
	u->lcr |= m->c_cflag & CMSPAR ? UART_LCR_SPAR : 0;
	io_write8(u->io, UART_LCR, u->lcr | UART_LCR_DLAB);
	io_write8(u->io, UART_DLL, divisor & 0xff);
	io_write8(u->io, UART_DLM, divisor >> 8);
	io_write8(u->io, UART_LCR, u->lcr);
}

/* The terminal's lower half. ------------------------------------------------------------------- */

static result(unit) start_up(struct tty *t, struct can_sleep cs)
{
	RETURNS(unit);
	struct uart *u = uart_of_tty(t);

	if (!u->irq_is_registered)
		TRY(irq_register(arch_irq_from_isa(u->isa_irq), &u->irq_action));
	u->irq_is_registered = true;
	{
		hold(tty_state, k, &t->state);
		uart_line_set(u, &in(k)->line->termios);
		modem_change(u, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2, 0);
		(void)modem_status(u);
		u->modem_changes = 0;
		interrupts_change(u, UART_IER_MSI, 0);
	}
	input_resume(t);
	return DONE;
}

static void shut_down(struct tty *t, struct can_sleep may_sleep)
{
	struct uart *u = uart_of_tty(t);
	hold(tty_state, k, &t->state);

	interrupts_change(u, 0, 0xff);
	if (in(k)->line->termios.c_cflag & HUPCL)
		modem_change(u, 0, UART_MCR_DTR | UART_MCR_RTS);
}

static bool may_send(struct uart *u, tty_state_locked k)
{
	return !(in(k)->line->termios.c_cflag & CRTSCTS) || modem_status(u) & UART_MSR_CTS;
}

static void output(struct tty *t, tty_state_locked k)
{
	struct uart *u = uart_of_tty(t);
	const uint8_t *bytes;
	size_t n = 0;

	uart_transmitter_take(u);
	for (unsigned bursts = 0; bursts < BURSTS_MAX &&
	     uart_line_status(u) & UART_LSR_THRE; bursts++) {
		if (unlikely(u->urgent)) {
			io_write8(u->io, UART_TX, u->urgent);
			u->urgent = 0;
			continue;
		}
		bytes = tty_output(k, &n);
		n = may_send(u, k) ? min(n, (size_t)u->fifo_bytes) : 0;
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			io_write8(u->io, UART_TX, bytes[i]);
		tty_output_done(t, k, n);
	}
	uart_transmitter_give(u);
	(void)tty_output(k, &n);
	if (u->urgent || (n > 0 && may_send(u, k)))
		interrupts_change(u, UART_IER_THRI, 0);
	else
		interrupts_change(u, 0, UART_IER_THRI);
}

static void drop_output(struct tty *t, tty_state_locked k)
{
	interrupts_change(uart_of_tty(t), 0, UART_IER_THRI);
}

static bool is_idle(struct tty *t, tty_state_locked k)
{
	return uart_line_status(uart_of_tty(t)) & UART_LSR_TEMT;
}

/* A speed that the divisor cannot give leaves the old one; speed 0 lets the modem hang up. */
static void set_modes(struct tty *t, tty_state_locked k, struct ktermios *now,
		      const struct ktermios *old)
{
	struct uart *u = uart_of_tty(t);

	if (now->c_ospeed > UART_BAUD_MAX)
		now->c_ospeed = old->c_ospeed ? old->c_ospeed : 9600;
	if (now->c_ospeed == 0) {
		modem_change(u, 0, UART_MCR_DTR | UART_MCR_RTS);
		return;
	}
	tty_set_speed(now, now->c_ospeed);
	if (now->c_cflag != old->c_cflag || now->c_ospeed != old->c_ospeed)
		uart_line_set(u, now);
	if (old->c_ospeed == 0)
		modem_change(u, UART_MCR_DTR | UART_MCR_RTS, 0);
}

static void throttle(struct tty *t, tty_state_locked k, bool on)
{
	if (in(k)->line->termios.c_cflag & CRTSCTS)
		modem_change(uart_of_tty(t), on ? 0 : UART_MCR_RTS, on ? UART_MCR_RTS : 0);
}

static void send_now(struct tty *t, tty_state_locked k, uint8_t c)
{
	uart_of_tty(t)->urgent = c;
	output(t, k);
}

static void set_break(struct tty *t, tty_state_locked k, bool on)
{
	struct uart *u = uart_of_tty(t);

	u->lcr = on ? u->lcr | UART_LCR_SBC : u->lcr & ~UART_LCR_SBC;
	io_write8(u->io, UART_LCR, u->lcr);
}

static const struct { uint8_t bit; unsigned line; } modem_inputs[] = {
	{ UART_MSR_DCD, TIOCM_CAR }, { UART_MSR_RI, TIOCM_RNG },
	{ UART_MSR_DSR, TIOCM_DSR }, { UART_MSR_CTS, TIOCM_CTS },
}, modem_outputs[] = {
	{ UART_MCR_DTR, TIOCM_DTR }, { UART_MCR_RTS, TIOCM_RTS }, { UART_MCR_OUT1, TIOCM_OUT1 },
	{ UART_MCR_OUT2, TIOCM_OUT2 }, { UART_MCR_LOOP, TIOCM_LOOP },
};

static unsigned modem(struct tty *t, tty_state_locked k)
{
	struct uart *u = uart_of_tty(t);
	uint8_t status = modem_status(u);
	unsigned lines = 0;

	for (unsigned i = 0; i < array_size(modem_inputs); i++)
		lines |= status & modem_inputs[i].bit ? modem_inputs[i].line : 0;
	for (unsigned i = 0; i < array_size(modem_outputs); i++)
		lines |= u->mcr & modem_outputs[i].bit ? modem_outputs[i].line : 0;
	return lines;
}

static void set_modem(struct tty *t, tty_state_locked k, unsigned set, unsigned clear)
{
	uint8_t on = 0, off = 0;

	for (unsigned i = 0; i < array_size(modem_outputs); i++) {
		on |= set & modem_outputs[i].line ? modem_outputs[i].bit : 0;
		off |= clear & modem_outputs[i].line ? modem_outputs[i].bit : 0;
	}
	modem_change(uart_of_tty(t), on, off);
}

static void describe(struct tty *t, struct serial_struct *out)
{
	struct uart *u = uart_of_tty(t);

	out->type = u->fifo_bytes > 1 ? PORT_16550A : PORT_16450;
	out->line = dev_minor(t->node.dev) - 64;
	out->port = u->io.base;
	out->irq = u->isa_irq;
	out->flags = BOOT_AUTOCONF | SKIP_TEST;
	out->xmit_fifo_size = u->fifo_bytes;
	out->baud_base = UART_BAUD_MAX;
	out->close_delay = 50;
	out->closing_wait = 3000;
}

/* Receiving. ----------------------------------------------------------------------------------- */

static uint8_t mark_of(uint8_t status)
{
	return status & UART_LSR_BI ? NTTY_BREAK : status & UART_LSR_PE ? NTTY_PARITY :
	       status & UART_LSR_FE ? NTTY_FRAMING : NTTY_NORMAL;
}

/* Fills the buffer from the FIFO; true: there was something. */
static bool fifo_read(struct uart *u, uart_input_locked i, bool *has_marks)
{
	struct uart_input *b = in(i);

	b->from = b->count = 0;
	*has_marks = false;
	while (b->count < UART_FIFO_BYTES) {
		uint8_t status = uart_line_status(u);

		if (!(status & (UART_LSR_DR | UART_LSR_BI)))
			break;
		status |= __atomic_exchange_n(&u->line_errors, 0, __ATOMIC_RELAXED);
		b->bytes[b->count] = io_read8(u->io, UART_RX);
		b->marks[b->count] = mark_of(status);
		*has_marks |= b->marks[b->count] != NTTY_NORMAL;
		b->count++;
	}
	return b->count > 0;
}

/* Hands on what the buffer holds; true: all of it. */
static bool input_pass(struct uart *u, uart_input_locked i, bool has_marks)
{
	struct uart_input *b = in(i);
	size_t n = tty_receive(&u->tty, b->bytes + b->from, has_marks ? b->marks + b->from : NULL,
			       b->count);

	b->from += n;
	b->count -= n;
	return b->count == 0;
}

static void receiver_switch(struct uart *u, bool on)
{
	hold(tty_state, k, &u->tty.state);
	uint8_t bits = UART_IER_RDI | UART_IER_RLSI;

	if (u->ier)
		interrupts_change(u, on ? bits : 0, on ? 0 : bits);
}

/* While bytes wait for room nothing more is read: the sender sees a full FIFO, or RTS. */
static void receive(struct uart *u)
{
	hold(uart_input, i, &u->input);
	bool has_marks;

	while (in(i)->count == 0 && fifo_read(u, i, &has_marks)) {
		if (!input_pass(u, i, has_marks)) {
			receiver_switch(u, false);
			return;
		}
	}
}

static void input_resume(struct tty *t)
{
	struct uart *u = uart_of_tty(t);
	hold(uart_input, i, &u->input);

	if (input_pass(u, i, true))
		receiver_switch(u, true);
}

static void modem_changed(struct uart *u)
{
	uint8_t status = modem_status(u);
	uint8_t changes = __atomic_exchange_n(&u->modem_changes, 0, __ATOMIC_RELAXED);

	if (changes & UART_MSR_DDCD)
		tty_carrier(&u->tty, status & UART_MSR_DCD);
	if (changes & UART_MSR_DCTS)
		tty_output_poke(&u->tty);
}

/* A cause is left over: on an edge-triggered line only a fall and a rise tell of it. */
static void interrupts_renew(struct uart *u)
{
	hold(tty_state, k, &u->tty.state);

	io_write8(u->io, UART_IER, 0);
	io_write8(u->io, UART_IER, u->ier);
}

bool uart_interrupt(struct irq_action *a)
{
	struct uart *u = uart_of_irq_action(a);
	unsigned causes = 0;
	uint8_t cause;

	while (causes < CAUSES_MAX && !((cause = io_read8(u->io, UART_IIR)) & UART_IIR_NO_INT)) {
		causes++;
		if ((cause & UART_IIR_ID) == UART_IIR_THRI)
			tty_output_poke(&u->tty);
		else if ((cause & UART_IIR_ID) == UART_IIR_MSI)
			modem_changed(u);
		else
			receive(u);
	}
	if (unlikely(causes == CAUSES_MAX))
		interrupts_renew(u);
	return causes > 0;
}
