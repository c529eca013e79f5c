/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals: settings as programs pass them, in three forms: struct termios, termios2 (with speeds
 * as numbers) and System V's termio. Changes are parsed and waited for first, then applied under
 * the terminal's lock. Source: termios(3), ioctl_tty(2).
 */
#include "tty.h"
#include <murre/cred.h>
#include <murre/usercopy.h>

typedef struct termios abi_termios;
typedef struct termios2 abi_termios2;
typedef struct termio abi_termio;
DEFINE_USER(abi_termios);
DEFINE_USER(abi_termios2);
DEFINE_USER(abi_termio);
static_assert_size(abi_termios, 36);
static_assert_size(abi_termios2, 44);
static_assert_size(abi_termio, 18);
_Static_assert(sizeof(struct ktermios) == sizeof(abi_termios2), "the kernel's form is termios2");

enum { WHEN_NOW, WHEN_DRAINED, WHEN_DRAINED_AND_FLUSHED };

static struct ktermios modes_now(struct tty *t);
static result(unit) modes_read(struct tty_call *c, struct ktermios *new, struct can_sleep cs);
static void from_termio(struct ktermios *m, const abi_termio *a);
static void to_termio(abi_termio *a, const struct ktermios *m);
static unsigned when_of(unsigned cmd);
static void modes_apply(struct tty *t, const struct ktermios *wanted);
static void keep_locked(struct ktermios *m, const struct ktermios *old,
			const struct ktermios *locked);

static const unsigned speeds[] = {
	0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
	57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000,
	2500000, 3000000, 3500000, 4000000,
};
#define SPEEDS_BELOW_CBAUDEX 16u

/* Position in the table: B57600 and up have CBAUDEX set and count from 1 again. */
static unsigned speed_index(tcflag_t bits)
{
	return bits & CBAUDEX ? SPEEDS_BELOW_CBAUDEX - 1 + (bits & ~CBAUDEX) : bits;
}

unsigned tty_speed_of(tcflag_t cflag, unsigned other)
{
	tcflag_t bits = cflag & CBAUD;

	return bits == BOTHER ? other : speeds[speed_index(bits)];
}

static tcflag_t speed_bits(unsigned speed)
{
	for (unsigned i = 0; i < array_size(speeds); i++)
		if (speeds[i] == speed)
			return i < SPEEDS_BELOW_CBAUDEX ? i :
			       CBAUDEX | (i - SPEEDS_BELOW_CBAUDEX + 1);
	return BOTHER;
}

/* Input bits stay "as output" (B0) unless a program has named an input speed. */
void tty_set_speed(struct ktermios *t, unsigned speed)
{
	tcflag_t bits = speed_bits(speed);
	bool names_input = t->c_cflag & CIBAUD;

	t->c_cflag = (t->c_cflag & ~(CBAUD | CIBAUD)) | bits | (names_input ? bits << IBSHIFT : 0);
	t->c_ispeed = t->c_ospeed = speed;
}

result(long) tty_modes_get(struct tty_call *c, struct can_sleep cs)
{
	struct ktermios m = modes_now(c->tty);
	abi_termios old;
	abi_termios2 new;
	abi_termio v;

	switch (c->cmd) {
	case TCGETS:
		memcpy(&old, &m, sizeof(old));
		TRY(copy_out(user_from(abi_termios, c->arg), &old));
		break;
	case TCGETS2:
		memcpy(&new, &m, sizeof(new));
		TRY(copy_out(user_from(abi_termios2, c->arg), &new));
		break;
	case TCGETA:
		to_termio(&v, &m);
		TRY(copy_out(user_from(abi_termio, c->arg), &v));
		break;
	}
	return OK(long, 0);
}

result(long) tty_modes_set(struct tty_call *c, struct can_sleep cs)
{
	struct ktermios new = modes_now(c->tty);
	unsigned when = when_of(c->cmd);

	TRY(tty_job_check(c->tty, SIGTTOU));
	TRY(modes_read(c, &new, cs));
	if (when != WHEN_NOW)
		TRY(tty_drain(c->tty, cs));
	if (when == WHEN_DRAINED_AND_FLUSHED)
		tty_flush_input(c->tty);
	modes_apply(c->tty, &new);
	return OK(long, 0);
}

result(long) tty_modes_get_locked(struct tty_call *c, struct can_sleep cs)
{
	abi_termios m;

	{
		hold(tty_state, k, &c->tty->state);
		memcpy(&m, &in(k)->locked, sizeof(m));
	}
	TRY(copy_out(user_from(abi_termios, c->arg), &m));
	return OK(long, 0);
}

result(long) tty_modes_set_locked(struct tty_call *c, struct can_sleep cs)
{
	abi_termios m;

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	TRY(copy_in(&m, user_from(abi_termios, c->arg)));
	{
		hold(tty_state, k, &c->tty->state);
		memcpy(&in(k)->locked, &m, sizeof(m));
	}
	return OK(long, 0);
}

result(long) tty_modes_soft_carrier(struct tty_call *c, struct can_sleep cs)
{
	struct ktermios m = modes_now(c->tty);
	int soft = (m.c_cflag & CLOCAL) != 0;

	if (c->cmd == TIOCGSOFTCAR) {
		TRY(copy_out(user_from(int, c->arg), &soft));
		return OK(long, 0);
	}
	TRY(copy_in(&soft, user_from(int, c->arg)));
	m.c_cflag = soft ? m.c_cflag | CLOCAL : m.c_cflag & ~CLOCAL;
	modes_apply(c->tty, &m);
	return OK(long, 0);
}

static struct ktermios modes_now(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return in(k)->line->termios;
}

static result(unit) modes_read(struct tty_call *c, struct ktermios *new, struct can_sleep cs)
{
	RETURNS(unit);
	abi_termios old;
	abi_termios2 two;
	abi_termio v;

	switch (c->cmd) {
	case TCSETS2: case TCSETSW2: case TCSETSF2:
		TRY(copy_in(&two, user_from(abi_termios2, c->arg)));
		memcpy(new, &two, sizeof(two));
		break;
	case TCSETA: case TCSETAW: case TCSETAF:
		TRY(copy_in(&v, user_from(abi_termio, c->arg)));
		from_termio(new, &v);
		break;
	default:
		TRY(copy_in(&old, user_from(abi_termios, c->arg)));
		memcpy(new, &old, sizeof(old));
	}
	new->c_ospeed = tty_speed_of(new->c_cflag, new->c_ospeed);
	tcflag_t input = new->c_cflag >> IBSHIFT;
	new->c_ispeed = (input & CBAUD) == B0 ? new->c_ospeed : tty_speed_of(input, new->c_ispeed);
	return DONE;
}

/* The old form has the lower halves of the flags and the first characters only; the rest stays. */
static void from_termio(struct ktermios *m, const abi_termio *a)
{
	m->c_iflag = (m->c_iflag & 0xffff0000) | a->c_iflag;
	m->c_oflag = (m->c_oflag & 0xffff0000) | a->c_oflag;
	m->c_cflag = (m->c_cflag & 0xffff0000) | a->c_cflag;
	m->c_lflag = (m->c_lflag & 0xffff0000) | a->c_lflag;
	m->c_line = a->c_line;
	memcpy(m->c_cc, a->c_cc, NCC);
}

static void to_termio(abi_termio *a, const struct ktermios *m)
{
	*a = (abi_termio){
		.c_iflag = m->c_iflag, .c_oflag = m->c_oflag, .c_cflag = m->c_cflag,
		.c_lflag = m->c_lflag,
		.c_line = m->c_line,
	};
	memcpy(a->c_cc, m->c_cc, NCC);
}

static unsigned when_of(unsigned cmd)
{
	switch (cmd) {
	case TCSETSW: case TCSETSW2: case TCSETAW:
		return WHEN_DRAINED;
	case TCSETSF: case TCSETSF2: case TCSETAF:
		return WHEN_DRAINED_AND_FLUSHED;
	}
	return WHEN_NOW;
}

static void modes_apply(struct tty *t, const struct ktermios *wanted)
{
	struct ktermios new = *wanted;
	hold(tty_state, k, &t->state);
	struct ktermios old = in(k)->line->termios;

	keep_locked(&new, &old, &in(k)->locked);
	if (t->ops->set_modes) {
		t->ops->set_modes(t, k, &new, &old);
	} else {
		tcflag_t free = HUPCL | CREAD | CLOCAL;
		new.c_cflag = (new.c_cflag & free) | (old.c_cflag & ~free);
		new.c_ispeed = old.c_ispeed;
		new.c_ospeed = old.c_ospeed;
	}
	ntty_set_termios(in(k)->line, &new);
	tty_settle(t, k);
	wake_up(&t->writers, EPOLLOUT | EPOLLWRNORM);
}

#define KEEP(field) (m->field = (m->field & ~locked->field) | (old->field & locked->field))
static void keep_locked(struct ktermios *m, const struct ktermios *old,
			const struct ktermios *locked)
{
	KEEP(c_iflag);
	KEEP(c_oflag);
	KEEP(c_cflag);
	KEEP(c_lflag);
	if (locked->c_line)
		m->c_line = old->c_line;
	for (unsigned i = 0; i < NCCS; i++)
		if (locked->c_cc[i])
			m->c_cc[i] = old->c_cc[i];
}
