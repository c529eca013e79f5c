/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals: ioctl(2). One table, found by the low byte of the command, says who answers and
 * whether a background process is stopped first. Source: ioctl_tty(2).
 */
#include "tty.h"
#include <murre/cred.h>
#include <murre/usercopy.h>

typedef struct winsize abi_winsize;
DEFINE_USER(abi_winsize);
typedef struct serial_struct abi_serial;
DEFINE_USER(abi_serial);
static_assert_size(abi_serial, 72);

typedef result(long) tty_ioctl_fn(struct tty_call *c, struct can_sleep cs);
struct tty_ioctl {
	unsigned cmd;
	bool from_foreground;		/* others get SIGTTOU first */
	tty_ioctl_fn *fn;
};

static tty_ioctl_fn get_window, set_window, get_counts, fake_input, set_exclusive, get_exclusive;
static tty_ioctl_fn get_discipline, set_discipline, send_break, switch_break, get_modem, set_modem;
static tty_ioctl_fn get_serial, flush, control_flow, hang_up, get_device;

#define ROW(cmd_, fn_) [(cmd_) & 0xff] = { .cmd = (cmd_), .fn = (fn_) }
#define ROW_FOREGROUND(cmd_, fn_) \
	[(cmd_) & 0xff] = { .cmd = (cmd_), .fn = (fn_), .from_foreground = true }
static const struct tty_ioctl table[] = {
	ROW(TCGETS, tty_modes_get), ROW(TCGETS2, tty_modes_get), ROW(TCGETA, tty_modes_get),
	ROW(TCSETS, tty_modes_set), ROW(TCSETSW, tty_modes_set), ROW(TCSETSF, tty_modes_set),
	ROW(TCSETS2, tty_modes_set), ROW(TCSETSW2, tty_modes_set), ROW(TCSETSF2, tty_modes_set),
	ROW(TCSETA, tty_modes_set), ROW(TCSETAW, tty_modes_set), ROW(TCSETAF, tty_modes_set),
	ROW(TIOCGLCKTRMIOS, tty_modes_get_locked), ROW(TIOCSLCKTRMIOS, tty_modes_set_locked),
	ROW(TIOCGSOFTCAR, tty_modes_soft_carrier), ROW(TIOCSSOFTCAR, tty_modes_soft_carrier),
	ROW(TIOCSCTTY, tty_jobs_ioctl), ROW(TIOCNOTTY, tty_jobs_ioctl), ROW(TIOCGSID,
									    tty_jobs_ioctl),
	ROW(TIOCGPGRP, tty_jobs_ioctl), ROW(TIOCSPGRP, tty_jobs_ioctl),
	ROW(TIOCGWINSZ, get_window), ROW(TIOCSWINSZ, set_window),
	ROW(TIOCINQ, get_counts), ROW(TIOCOUTQ, get_counts), ROW(TIOCSTI, fake_input),
	ROW(TIOCEXCL, set_exclusive), ROW(TIOCNXCL, set_exclusive), ROW(TIOCGEXCL, get_exclusive),
	ROW(TIOCGETD, get_discipline), ROW_FOREGROUND(TIOCSETD, set_discipline),
	ROW_FOREGROUND(TCSBRK, send_break), ROW_FOREGROUND(TCSBRKP, send_break),
	ROW_FOREGROUND(TIOCSBRK, switch_break), ROW_FOREGROUND(TIOCCBRK, switch_break),
	ROW(TIOCMGET, get_modem), ROW(TIOCMSET, set_modem),
	ROW(TIOCMBIS, set_modem), ROW(TIOCMBIC, set_modem),
	ROW(TIOCGSERIAL, get_serial),
	ROW_FOREGROUND(TCFLSH, flush), ROW_FOREGROUND(TCXONC, control_flow),
	ROW(TIOCVHANGUP, hang_up), ROW(TIOCGDEV, get_device), ROW(TIOCCONS, tty_redirect_console),
};

static bool is_hung(struct tty_open *o)
{
	hold(tty_state, k, &o->tty->state);

	return tty_open_is_hung(o, k);
}

result(long) tty_ioctl(struct char_open *open, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	struct tty_open *o = tty_of_open(open);
	struct tty_call c = {
		.open = o, .tty = o->tty, .flags = open->flags, .cmd = cmd, .arg = arg,
	};
	const struct tty_ioctl *row = &table[min(cmd & 0xff, array_size(table) - 1)];

	if (is_hung(o))
		return FAIL(cmd == TIOCSPGRP ? ENOTTY : EIO);
	if (!row->fn || row->cmd != cmd)
		return FAIL(ENOTTY);
	if (row->from_foreground)
		TRY(tty_job_check(o->tty, SIGTTOU));
	return row->fn(&c, cs);
}

static result(long) get_window(struct tty_call *c, struct can_sleep cs)
{
	abi_winsize size;

	{
		hold(tty_state, k, &c->tty->state);
		size = in(k)->size;
	}
	TRY(copy_out(user_from(abi_winsize, c->arg), &size));
	return OK(long, 0);
}

static result(long) set_window(struct tty_call *c, struct can_sleep cs)
{
	abi_winsize size;

	TRY(copy_in(&size, user_from(abi_winsize, c->arg)));
	tty_resize(c->tty, &size);
	return OK(long, 0);
}

static result(long) get_counts(struct tty_call *c, struct can_sleep cs)
{
	int count;

	{
		hold(tty_state, k, &c->tty->state);
		const struct ntty *n = in(k)->line;
		count = c->cmd == TIOCINQ ? ntty_input_count(n) : ntty_output_count(n);
	}
	TRY(copy_out(user_from(int, c->arg), &count));
	return OK(long, 0);
}

static result(long) fake_input(struct tty_call *c, struct can_sleep cs)
{
	char byte;

	if (tty_controlling() != c->tty && !capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	TRY(copy_in(&byte, user_from(char, c->arg)));
	tty_receive(c->tty, (const uint8_t *)&byte, NULL, 1);
	return OK(long, 0);
}

static result(long) set_exclusive(struct tty_call *c, struct can_sleep may_sleep)
{
	hold(tty_state, k, &c->tty->state);

	in(k)->exclusive = c->cmd == TIOCEXCL;
	return OK(long, 0);
}

static result(long) get_exclusive(struct tty_call *c, struct can_sleep cs)
{
	int exclusive = peek(&c->tty->state)->exclusive;

	TRY(copy_out(user_from(int, c->arg), &exclusive));
	return OK(long, 0);
}

/* N_TTY is the only line discipline. */
static result(long) get_discipline(struct tty_call *c, struct can_sleep cs)
{
	int discipline = 0;

	TRY(copy_out(user_from(int, c->arg), &discipline));
	return OK(long, 0);
}

static result(unit) drain_before(struct tty_call *c, struct can_sleep cs)
{
	int err = error_of(tty_drain(c->tty, cs));

	return unit_result(err == ERESTARTSYS ? EINTR : err);
}

static result(long) set_discipline(struct tty_call *c, struct can_sleep cs)
{
	int discipline;

	TRY(drain_before(c, cs));
	TRY(copy_in(&discipline, user_from(int, c->arg)));
	return discipline == 0 ? OK(long, 0) : FAIL(EINVAL);
}

static void break_switch(struct tty *t, bool on)
{
	hold(tty_state, k, &t->state);

	if (t->ops->set_break)
		t->ops->set_break(t, k, on);
}

/* TCSBRK with an argument is tcdrain(3); TCSBRKP counts tenths of a second. */
static result(long) send_break(struct tty_call *c, struct can_sleep cs)
{
	int64_t msec = c->cmd == TCSBRKP && c->arg ? (int64_t)min(c->arg,
								  (uintptr_t)INT32_MAX) * 100 : 250;

	TRY(drain_before(c, cs));
	if ((c->cmd == TCSBRK && c->arg) || !c->tty->ops->set_break)
		return OK(long, 0);
	break_switch(c->tty, true);
	int err = error_of(sleep_until(nsec_add(clock_now(), nsec_from_msec(msec)), cs));
	break_switch(c->tty, false);
	return err ? FAIL(EINTR) : OK(long, 0);
}

static result(long) switch_break(struct tty_call *c, struct can_sleep cs)
{
	if (c->cmd == TIOCSBRK)
		TRY(drain_before(c, cs));
	break_switch(c->tty, c->cmd == TIOCSBRK);
	return OK(long, 0);
}

static result(long) get_modem(struct tty_call *c, struct can_sleep cs)
{
	int lines;

	if (!c->tty->ops->modem)
		return FAIL(ENOTTY);
	{
		hold(tty_state, k, &c->tty->state);
		lines = c->tty->ops->modem(c->tty, k);
	}
	TRY(copy_out(user_from(int, c->arg), &lines));
	return OK(long, 0);
}

static result(long) set_modem(struct tty_call *c, struct can_sleep cs)
{
	int lines;

	if (!c->tty->ops->set_modem)
		return FAIL(ENOTTY);
	TRY(copy_in(&lines, user_from(int, c->arg)));
	unsigned changeable = TIOCM_DTR | TIOCM_RTS | TIOCM_OUT1 | TIOCM_OUT2 | TIOCM_LOOP;
	unsigned set = c->cmd == TIOCMBIC ? 0 : lines & changeable;
	unsigned clear = c->cmd == TIOCMSET ? ~lines : c->cmd == TIOCMBIC ? lines : 0;

	{
		hold(tty_state, k, &c->tty->state);
		c->tty->ops->set_modem(c->tty, k, set, clear & changeable);
	}
	return OK(long, 0);
}

static result(long) get_serial(struct tty_call *c, struct can_sleep cs)
{
	abi_serial serial;

	if (!c->tty->ops->describe)
		return FAIL(ENOTTY);
	memset(&serial, 0, sizeof(serial));
	c->tty->ops->describe(c->tty, &serial);
	TRY(copy_out(user_from(abi_serial, c->arg), &serial));
	return OK(long, 0);
}

static void flush_output(struct tty *t)
{
	hold(tty_state, k, &t->state);

	ntty_flush_output(in(k)->line);
	tty_settle(t, k);
}

static result(long) flush(struct tty_call *c, struct can_sleep cs)
{
	if (c->arg != TCIFLUSH && c->arg != TCOFLUSH && c->arg != TCIOFLUSH)
		return FAIL(EINVAL);
	if (c->arg != TCOFLUSH)
		tty_flush_input(c->tty);
	if (c->arg != TCIFLUSH)
		flush_output(c->tty);
	return OK(long, 0);
}

static result(long) control_flow(struct tty_call *c, struct can_sleep may_sleep)
{
	hold(tty_state, k, &c->tty->state);
	struct ntty *n = in(k)->line;
	uint8_t key = n->termios.c_cc[c->arg == TCIOFF ? VSTOP : VSTART];

	switch (c->arg) {
	case TCOOFF:
		ntty_stop(n, true);
		break;
	case TCOON:
		ntty_start(n, true);
		break;
	case TCIOFF: case TCION:
		if (key != NTTY_DISABLED)
			tty_send_now(c->tty, k, key);
		break;
	default:
		return FAIL(EINVAL);
	}
	tty_settle(c->tty, k);
	return OK(long, 0);
}

static result(long) hang_up(struct tty_call *c, struct can_sleep cs)
{
	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	tty_hangup(c->tty);
	return OK(long, 0);
}

/* The number of the device behind, in stat(2)'s encoding. */
static result(long) get_device(struct tty_call *c, struct can_sleep cs)
{
	dev_nr dev = c->tty->node.dev;
	uint32_t minor = dev_minor(dev);
	uint32_t nr = (minor & 0xff) | dev_major(dev) << 8 | (minor & ~0xffu) << 12;

	TRY(copy_out(user_from(uint32_t, c->arg), &nr));
	return OK(long, 0);
}
