/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial ports with Arm's UART, as ttyAMA0..3 and as kernel consoles by polling. Firmware's description of the machine
 * names them; each is made once at start and stays. Registers are written under the terminal's lock; received bytes pass
 * through `input`, in order. The transmitter is shared with the console, which takes no lock that a panic could find
 * taken. Source: PrimeCell UART (PL011) Technical Reference Manual.
 */
#include "tty.h"
#include <arch/platform.h>
#include <murre/error_name.h>
#include <murre/irq.h>
#include <murre/log.h>
#include <murre/mmio.h>
#include <murre/start.h>
#include <linux/serial.h>

#define REGISTERS_BYTES 0x1000
#define PORTS_MAX 4
#define MAJOR 204
#define MINOR_FIRST 64
#define FIFO_BYTES 16
/* Reads of a register that a FIFO may take to empty at the slowest speeds; spins after which the transmitter is taken from
 * someone who will not come back. */
#define POLLS_MAX 200000
#define TAKE_TRIES_MAX 1000000

enum pl011_register {
	DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCRH = 0x2c, CR = 0x30, IFLS = 0x34, IMSC = 0x38, MIS = 0x40, ICR = 0x44,
};
enum { DR_FRAMING = 1 << 8, DR_PARITY = 1 << 9, DR_BREAK = 1 << 10 };
enum { FR_CTS = 1, FR_DSR = 2, FR_DCD = 4, FR_BUSY = 8, FR_RX_EMPTY = 16, FR_TX_FULL = 32, FR_TX_EMPTY = 128, FR_RI = 256 };
enum { LCR_BREAK = 1, LCR_PARITY = 2, LCR_EVEN = 4, LCR_TWO_STOP = 8, LCR_FIFO = 16, LCR_BITS_SHIFT = 5, LCR_STICK = 128 };
enum { CR_ENABLE = 1, CR_TX = 0x100, CR_RX = 0x200, CR_DTR = 0x400, CR_RTS = 0x800, CR_CTS_FLOW = 0x8000 };
enum { INT_DCD = 0x4, INT_MODEM = 0xf, INT_RX = 0x10, INT_TX = 0x20, INT_RX_TIMEOUT = 0x40, INT_ALL = 0x7ff };
/* The receiver asks at half a FIFO or after a pause, the transmitter at an eighth. */
#define LEVELS (2 << 3)

struct pl011_input {			/* bytes received that found no room yet */
	uint8_t count, from;
	uint8_t bytes[FIFO_BYTES], marks[FIFO_BYTES];
};
DEFINE_GUARDED_IRQ(pl011_input, struct pl011_input, RANK_TTY_INPUT)

struct pl011 {
	struct tty tty;
	struct console console;
	struct irq_action irq_action;
	io_region io;
	struct platform_device place;
	bool irq_is_registered;
	uint32_t mask, control, line;	/* as written last */
	uint8_t urgent;			/* a byte to send before all others, 0: none */
	uint32_t sending;		/* the transmitter is taken */
	guarded(pl011_input) input;
};
EMBEDDED(pl011, tty, tty)
EMBEDDED(pl011, console, console)
EMBEDDED(pl011, irq_action, irq_action)

static struct pl011 ports[PORTS_MAX];
static const char *const names[PORTS_MAX] = { "ttyAMA0", "ttyAMA1", "ttyAMA2", "ttyAMA3" };

static result(unit) start_up(struct tty *t, struct can_sleep cs);
static void shut_down(struct tty *t, struct can_sleep cs);
static void output(struct tty *t, tty_state_locked k);
static void drop_output(struct tty *t, tty_state_locked k);
static bool is_idle(struct tty *t, tty_state_locked k);
static void input_resume(struct tty *t);
static void set_modes(struct tty *t, tty_state_locked k, struct ktermios *now, const struct ktermios *old);
static void throttle(struct tty *t, tty_state_locked k, bool on);
static void send_now(struct tty *t, tty_state_locked k, uint8_t c);
static void set_break(struct tty *t, tty_state_locked k, bool on);
static unsigned modem(struct tty *t, tty_state_locked k);
static void set_modem(struct tty *t, tty_state_locked k, unsigned set, unsigned clear);
static void describe(struct tty *t, struct serial_struct *out);
static bool interrupt(struct irq_action *a);
static void console_write(struct console *c, const char *text, size_t n);
static void line_set(struct pl011 *p, const struct ktermios *m);
static result(unit) port_add(struct pl011 *p, unsigned n);

static const struct tty_ops ops = {
	.start_up = start_up, .shut_down = shut_down, .output = output, .drop_output = drop_output, .is_idle = is_idle,
	.input_resume = input_resume, .set_modes = set_modes, .throttle = throttle, .send_now = send_now,
	.set_break = set_break, .modem = modem, .set_modem = set_modem, .describe = describe,
};

START_TASK(pl011_start, needs(tty_start, irq_start))
{
	for (unsigned n = 0; n < PORTS_MAX && arch_platform_device(PLATFORM_PL011, n, &ports[n].place); n++) {
		int err = error_of(port_add(&ports[n], n));

		if (err)
			log_err("%s: not registered (%s)", names[n], error_name(err));
	}
}

start_code static result(unit) port_add(struct pl011 *p, unsigned n)
{
	RETURNS(unit);
	const char *options = console_options(names[n]);

	if (p->place.bytes < REGISTERS_BYTES)
		return FAIL(EINVAL);
	p->io = TRY(mmio_map(p->place.base, REGISTERS_BYTES));
	p->irq_action.handler = interrupt;
	p->irq_action.name = names[n];
	p->console.name = names[n];
	p->console.write = console_write;
	p->tty.ops = &ops;
	p->tty.node.name = names[n];
	p->tty.node.dev = dev_make(MAJOR, MINOR_FIRST + n);
	p->tty.initial = ntty_default_termios;
	p->tty.initial.c_cflag = CS8 | CREAD | HUPCL | CLOCAL;
	tty_set_speed(&p->tty.initial, 9600);
	p->control = CR_ENABLE | CR_TX | CR_RX;
	io_write32(p->io, IMSC, 0);
	if (options) {
		console_modes_read(&p->tty.initial, options, p->place.clock_hz ? (unsigned)(p->place.clock_hz / 16) : UINT32_MAX);
		line_set(p, &p->tty.initial);
	}
	TRY(tty_register(&p->tty));
	console_register(&p->console);
	return DONE;
}

/* Registers. ------------------------------------------------------------------------------------------------------- */

static void interrupts_change(struct pl011 *p, uint32_t set, uint32_t clear)
{
	uint32_t mask = (p->mask & ~clear) | set;

	if (mask == p->mask)
		return;
	p->mask = mask;
	io_write32(p->io, IMSC, mask);
}

static void control_change(struct pl011 *p, uint32_t set, uint32_t clear)
{
	p->control = (p->control & ~clear) | set;
	io_write32(p->io, CR, p->control);
}

/* The divisor has six bits behind the point, and counts only once the line register is written. Where the clock is not
 * known the speed stays as firmware left it. */
static void line_set(struct pl011 *p, const struct ktermios *m)
{
	uint64_t divisor = p->place.clock_hz * 4 / max(m->c_ospeed, 1u);

	p->line = LCR_FIFO | ((m->c_cflag & CSIZE) >> 4) << LCR_BITS_SHIFT;
	p->line |= m->c_cflag & CSTOPB ? LCR_TWO_STOP : 0;
	p->line |= m->c_cflag & PARENB ? LCR_PARITY : 0;
	p->line |= m->c_cflag & PARODD ? 0 : LCR_EVEN;
	p->line |= m->c_cflag & CMSPAR ? LCR_STICK : 0;
	if (divisor >> 6 && divisor >> 22 == 0) {
		io_write32(p->io, IBRD, (uint32_t)(divisor >> 6));
		io_write32(p->io, FBRD, divisor & 63);
	}
	io_write32(p->io, LCRH, p->line);
	control_change(p, m->c_cflag & CRTSCTS ? CR_CTS_FLOW : 0, m->c_cflag & CRTSCTS ? 0 : CR_CTS_FLOW);
}

static bool is_full(struct pl011 *p) { return io_read32(p->io, FR) & FR_TX_FULL; }

static void transmitter_take(struct pl011 *p)
{
	for (unsigned i = 0; __atomic_exchange_n(&p->sending, 1, __ATOMIC_ACQUIRE) && i < TAKE_TRIES_MAX; i++)
		arch_cpu_relax();
}

static void transmitter_give(struct pl011 *p) { __atomic_store_n(&p->sending, 0, __ATOMIC_RELEASE); }

static void console_put(struct pl011 *p, char c)
{
	for (unsigned i = 0; i < POLLS_MAX && is_full(p); i++)
		arch_cpu_relax();
	io_write32(p->io, DR, (uint8_t)c);
}

static void console_write(struct console *c, const char *text, size_t n)
{
	struct pl011 *p = pl011_of_console(c);

	transmitter_take(p);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			console_put(p, '\r');
		console_put(p, text[i]);
	}
	transmitter_give(p);
}

/* The terminal's lower half. --------------------------------------------------------------------------------------- */

static result(unit) start_up(struct tty *t, struct can_sleep cs)
{
	RETURNS(unit);
	struct pl011 *p = pl011_of_tty(t);

	if (!p->irq_is_registered)
		TRY(irq_register(p->place.line, &p->irq_action));
	p->irq_is_registered = true;
	{
		hold(tty_state, k, &t->state);
		line_set(p, &in(k)->line->termios);
		io_write32(p->io, IFLS, LEVELS);
		io_write32(p->io, ICR, INT_ALL);
		control_change(p, CR_DTR | CR_RTS, 0);
		interrupts_change(p, INT_MODEM, 0);
	}
	input_resume(t);
	return DONE;
}

static void shut_down(struct tty *t, struct can_sleep may_sleep)
{
	struct pl011 *p = pl011_of_tty(t);
	hold(tty_state, k, &t->state);

	interrupts_change(p, 0, INT_ALL);
	if (in(k)->line->termios.c_cflag & HUPCL)
		control_change(p, 0, CR_DTR | CR_RTS);
}

/* The interrupt comes as the FIFO empties, so it is wanted only when there is more than what fits now. */
static void output(struct tty *t, tty_state_locked k)
{
	struct pl011 *p = pl011_of_tty(t);
	const uint8_t *bytes;
	size_t n, done;

	transmitter_take(p);
	if (unlikely(p->urgent) && !is_full(p)) {
		io_write32(p->io, DR, p->urgent);
		p->urgent = 0;
	}
	while ((bytes = tty_output(k, &n)), n > 0 && !p->urgent) {
		for (done = 0; done < n && !is_full(p); done++)
			io_write32(p->io, DR, bytes[done]);
		if (done == 0)
			break;
		tty_output_done(t, k, done);
	}
	transmitter_give(p);
	if (n > 0 || p->urgent)
		interrupts_change(p, INT_TX, 0);
	else
		interrupts_change(p, 0, INT_TX);
}

static void drop_output(struct tty *t, tty_state_locked k) { interrupts_change(pl011_of_tty(t), 0, INT_TX); }

static bool is_idle(struct tty *t, tty_state_locked k)
{
	return (io_read32(pl011_of_tty(t)->io, FR) & (FR_BUSY | FR_TX_EMPTY)) == FR_TX_EMPTY;
}

/* A speed that the divisor cannot give leaves the old one; speed 0 lets the modem hang up. */
static void set_modes(struct tty *t, tty_state_locked k, struct ktermios *now, const struct ktermios *old)
{
	struct pl011 *p = pl011_of_tty(t);

	if (p->place.clock_hz && now->c_ospeed > p->place.clock_hz / 16)
		now->c_ospeed = old->c_ospeed ? old->c_ospeed : 9600;
	if (now->c_ospeed == 0) {
		control_change(p, 0, CR_DTR | CR_RTS);
		return;
	}
	tty_set_speed(now, now->c_ospeed);
	if (now->c_cflag != old->c_cflag || now->c_ospeed != old->c_ospeed)
		line_set(p, now);
	if (old->c_ospeed == 0)
		control_change(p, CR_DTR | CR_RTS, 0);
}

static void throttle(struct tty *t, tty_state_locked k, bool on)
{
	if (in(k)->line->termios.c_cflag & CRTSCTS)
		control_change(pl011_of_tty(t), on ? 0 : CR_RTS, on ? CR_RTS : 0);
}

static void send_now(struct tty *t, tty_state_locked k, uint8_t c)
{
	pl011_of_tty(t)->urgent = c;
	output(t, k);
}

static void set_break(struct tty *t, tty_state_locked k, bool on)
{
	struct pl011 *p = pl011_of_tty(t);

	p->line = on ? p->line | LCR_BREAK : p->line & ~(uint32_t)LCR_BREAK;
	io_write32(p->io, LCRH, p->line);
}

static const struct { uint32_t bit; unsigned line; } modem_inputs[] = {
	{ FR_DCD, TIOCM_CAR }, { FR_RI, TIOCM_RNG }, { FR_DSR, TIOCM_DSR }, { FR_CTS, TIOCM_CTS },
}, modem_outputs[] = { { CR_DTR, TIOCM_DTR }, { CR_RTS, TIOCM_RTS } };

static unsigned modem(struct tty *t, tty_state_locked k)
{
	struct pl011 *p = pl011_of_tty(t);
	uint32_t status = io_read32(p->io, FR);
	unsigned lines = 0;

	for (unsigned i = 0; i < array_size(modem_inputs); i++)
		lines |= status & modem_inputs[i].bit ? modem_inputs[i].line : 0;
	for (unsigned i = 0; i < array_size(modem_outputs); i++)
		lines |= p->control & modem_outputs[i].bit ? modem_outputs[i].line : 0;
	return lines;
}

static void set_modem(struct tty *t, tty_state_locked k, unsigned set, unsigned clear)
{
	uint32_t on = 0, off = 0;

	for (unsigned i = 0; i < array_size(modem_outputs); i++) {
		on |= set & modem_outputs[i].line ? modem_outputs[i].bit : 0;
		off |= clear & modem_outputs[i].line ? modem_outputs[i].bit : 0;
	}
	control_change(pl011_of_tty(t), on, off);
}

/* Linux's number for the kind. */
#define TYPE_AMBA 32
static void describe(struct tty *t, struct serial_struct *out)
{
	struct pl011 *p = pl011_of_tty(t);

	out->type = TYPE_AMBA;
	out->line = dev_minor(t->node.dev) - MINOR_FIRST;
	out->irq = (int)p->place.line;
	out->xmit_fifo_size = FIFO_BYTES;
	out->baud_base = (int)(p->place.clock_hz / 16);
	out->close_delay = 50;
	out->closing_wait = 3000;
}

/* Receiving. ------------------------------------------------------------------------------------------------------- */

static uint8_t mark_of(uint32_t data)
{
	return data & DR_BREAK ? NTTY_BREAK : data & DR_PARITY ? NTTY_PARITY : data & DR_FRAMING ? NTTY_FRAMING : NTTY_NORMAL;
}

/* Fills the buffer from the FIFO; true: there was something. */
static bool fifo_read(struct pl011 *p, pl011_input_locked i, bool *has_marks)
{
	struct pl011_input *b = in(i);

	b->from = b->count = 0;
	*has_marks = false;
	while (b->count < FIFO_BYTES && !(io_read32(p->io, FR) & FR_RX_EMPTY)) {
		uint32_t data = io_read32(p->io, DR);

		b->bytes[b->count] = (uint8_t)data;
		b->marks[b->count] = mark_of(data);
		*has_marks |= b->marks[b->count] != NTTY_NORMAL;
		b->count++;
	}
	return b->count > 0;
}

/* Hands on what the buffer holds; true: all of it. */
static bool input_pass(struct pl011 *p, pl011_input_locked i, bool has_marks)
{
	struct pl011_input *b = in(i);
	size_t n = tty_receive(&p->tty, b->bytes + b->from, has_marks ? b->marks + b->from : NULL, b->count);

	b->from += n;
	b->count -= n;
	return b->count == 0;
}

static void receiver_switch(struct pl011 *p, bool on)
{
	hold(tty_state, k, &p->tty.state);
	uint32_t bits = INT_RX | INT_RX_TIMEOUT;

	if (p->mask)
		interrupts_change(p, on ? bits : 0, on ? 0 : bits);
}

/* While bytes wait for room nothing more is read: the sender sees a full FIFO, or RTS. */
static void receive(struct pl011 *p)
{
	hold(pl011_input, i, &p->input);
	bool has_marks;

	while (in(i)->count == 0 && fifo_read(p, i, &has_marks)) {
		if (!input_pass(p, i, has_marks)) {
			receiver_switch(p, false);
			return;
		}
	}
}

static void input_resume(struct tty *t)
{
	struct pl011 *p = pl011_of_tty(t);
	hold(pl011_input, i, &p->input);

	if (input_pass(p, i, true))
		receiver_switch(p, true);
}

static void modem_changed(struct pl011 *p, uint32_t causes)
{
	if (causes & INT_DCD)
		tty_carrier(&p->tty, io_read32(p->io, FR) & FR_DCD);
	tty_output_poke(&p->tty);
}

static bool interrupt(struct irq_action *a)
{
	struct pl011 *p = pl011_of_irq_action(a);
	uint32_t causes = io_read32(p->io, MIS);

	/* First: what comes after this is another interrupt. Receiving and sending end theirs by themselves. */
	io_write32(p->io, ICR, causes);
	if (causes & (INT_RX | INT_RX_TIMEOUT))
		receive(p);
	if (causes & INT_TX)
		tty_output_poke(&p->tty);
	if (causes & INT_MODEM)
		modem_changed(p, causes);
	return causes != 0;
}
