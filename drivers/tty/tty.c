/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals: how they are registered, opened and closed. A terminal gets its buffers at its first
 * open and keeps them; openings are counted under the users mutex, which also keeps start-up and
 * shut-down of the line in order.
 */
#include "tty.h"
#include <murre/cred.h>

DEFINE_BOX_CACHE(tty_open, struct tty_open);
DEFINE_BOX(ntty, struct ntty)
DEFINE_BOX_CACHE(ntty, struct ntty);

DEFINE_GUARDED(tty_register, struct { struct tty *last; }, RANK_DEVICE)
static guarded(tty_register) registry;
static struct tty *first_terminal;

/* How long the last close waits for a line that does not take its output. */
#define CLOSING_WAIT nsec_from_sec(30)

static result(void_ptr) open_plain(struct char_device *d, uint32_t flags, struct can_sleep cs);
static void list_add(struct tty *t);
static result(unit) users_add(struct tty *t, struct can_sleep cs);
static result(unit) buffers_make(struct tty *t);
static result(unit) refuse_exclusive(struct tty *t);
static result(unit) carrier_wait(struct tty *t, uint32_t flags, struct can_sleep cs);
static bool carrier_is_on(struct tty *t);
static void users_remove(struct tty *t, struct can_sleep cs);
static void closing_wait(struct tty *t, struct can_sleep cs);
static void settings_reset(struct tty *t);

static const struct char_ops tty_char_ops = {
	.open = open_plain,
	.release = tty_close,
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};

result(unit) tty_register(struct tty *t)
{
	RETURNS(unit);
	own(ntty_box, line, TRY(ntty_box_new()));

	if (t->initial.c_cflag == 0)
		t->initial = ntty_default_termios;
	{
		hold(tty_state, k, &t->state);
		in(k)->line = unbox(line);
		in(k)->line->termios = t->initial;
		in(k)->size = t->initial_size;
	}
	waitq_init(&t->readers);
	waitq_init(&t->writers);
	waitq_init(&t->turns);
	list_add(t);
	t->node.permissions = 0600;
	t->node.ops = &tty_char_ops;
	t->node.context = t;
	device_register(&t->node);
	return DONE;
}

struct tty *tty_first(void) { return rcu_load(first_terminal); }

static void list_add(struct tty *t)
{
	hold(tty_register, r, &registry);
	struct tty **link = in(r)->last ? &in(r)->last->next : &first_terminal;

	rcu_store(*link, t);
	in(r)->last = t;
}

static result(void_ptr) open_plain(struct char_device *d, uint32_t flags, struct can_sleep cs)
{
	return tty_open_as(d->context, flags, TTY_OPEN_PLAIN, cs);
}

result(void_ptr) tty_open_as(struct tty *t, uint32_t flags, enum tty_open_kind kind,
			     struct can_sleep cs)
{
	RETURNS(void_ptr);
	own(tty_open_box, box, TRY(tty_open_box_new()));

	TRY(users_add(t, cs));
	int err = error_of(carrier_wait(t, flags, cs));
	if (err) {
		users_remove(t, cs);
		return FAIL(err);
	}
	struct tty_open *o = unbox(box);
	o->tty = t;
	o->is_console = kind == TTY_OPEN_CONSOLE;
	{
		hold(tty_state, k, &t->state);
		o->hangups = in(k)->hangups;
	}
	/* Who may only write does not get the rights that go with a controlling terminal. */
	if (kind == TTY_OPEN_PLAIN && !(flags & O_NOCTTY) && (flags & O_ACCMODE) != O_WRONLY)
		tty_adopt(t);
	return OK(void_ptr, o);
}

void tty_close(struct char_open *o, struct can_sleep cs)
{
	struct tty_open *opening = tty_of_open(o);
	struct tty *t = opening->tty;

	tty_redirect_end(opening);
	tty_open_box_free(opening);
	users_remove(t, cs);
}

static result(unit) users_add(struct tty *t, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(tty_users, u, &t->users);

	if (in(u)->opens > 0) {
		TRY(refuse_exclusive(t));
	} else {
		TRY(buffers_make(t));
		if (t->ops->start_up)
			TRY(t->ops->start_up(t, cs));
	}
	in(u)->opens++;
	return DONE;
}

static result(unit) refuse_exclusive(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return unit_result(in(k)->exclusive && !capable(CAP_SYS_ADMIN) ? EBUSY : 0);
}

/* Once; with the users mutex held. */
static result(unit) buffers_make(struct tty *t)
{
	RETURNS(unit);

	if (peek(&t->state)->line->buffers)
		return DONE;
	struct ntty_buffers *b = bytes_take_raw(sizeof(*b));
	if (!b)
		return FAIL(ENOMEM);
	hold(tty_state, k, &t->state);
	ntty_init(in(k)->line, b, &t->initial);
	return DONE;
}

static result(unit) carrier_wait(struct tty *t, uint32_t flags, struct can_sleep cs)
{
	if (flags & O_NONBLOCK || !t->ops->modem)
		return DONE;
	return wait_event_interruptible(&t->turns, carrier_is_on(t), cs);
}

static bool carrier_is_on(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return in(k)->line->termios.c_cflag & CLOCAL || t->ops->modem(t, k) & TIOCM_CAR;
}

static void users_remove(struct tty *t, struct can_sleep cs)
{
	if (read_once(peek(&t->users)->opens) == 1)
		closing_wait(t, cs);

	hold_mutex(tty_users, u, &t->users);
	if (--in(u)->opens > 0)
		return;
	if (t->ops->shut_down)
		t->ops->shut_down(t, cs);
	settings_reset(t);
}

static bool output_is_gone(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return ntty_output_count(in(k)->line) == 0;
}

/* Output may leave the line after its last user; but a stopped line does not hold up the end of a
 * process for ever. */
static void closing_wait(struct tty *t, struct can_sleep cs)
{
	if (!output_is_gone(t))
		(void)error_of(wait_event_until(&t->writers, output_is_gone(t),
						nsec_add(clock_now(), CLOSING_WAIT), cs));
}

static void settings_reset(struct tty *t)
{
	hold(tty_state, k, &t->state);

	ntty_flush_input(in(k)->line);
	ntty_flush_output(in(k)->line);
	ntty_start(in(k)->line, true);
	ntty_start(in(k)->line, false);
	if (t->reset_on_close)
		ntty_set_termios(in(k)->line, &t->initial);
	(void)ntty_take_events(in(k)->line);
	in(k)->size = t->initial_size;
	in(k)->exclusive = false;
	in(k)->locked = (struct ktermios){};
	tty_disown(k);
}
