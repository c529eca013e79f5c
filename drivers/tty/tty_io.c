/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals: bytes between programs, discipline and line. One reader and one writer at a time have
 * their turn (the flags `reading` and `writing`), so that their bytes do not mix; they copy to and
 * from their program without the terminal's lock. Sources: read(2), write(2), termios(3), poll(2).
 */
#include "tty.h"
#include <murre/time.h>

#define CHUNK 512

/* How long a read(2) waits for how much, by VMIN and VTIME. */
struct read_rules {
	size_t least;
	nsec_t deadline;		/* of the whole read, or since the last byte */
	nsec_t between;			/* time between bytes, 0: no limit */
	bool no_wait;
};

static result(unit) turn_take(struct tty_open *o, bool to_read, uint32_t flags,
			      struct can_sleep cs);
static void turn_give(struct tty *t, bool to_read);
static result(size_t) read_in_turn(struct tty_open *o, uint32_t flags, struct io_iter *to,
				   struct can_sleep cs);
static struct read_rules read_rules(struct tty *t);
static result(size_t) read_chunk(struct tty_open *o, uint8_t *chunk, size_t want, bool *ended);
static result(unit) input_wait(struct tty_open *o, const struct read_rules *r, uint32_t flags,
			       struct can_sleep cs);
static bool is_worth_reading(struct tty_open *o);
static bool input_taken(struct tty *t, tty_state_locked k);
static result(size_t) write_in_turn(struct tty_open *o, uint32_t flags, struct io_iter *from,
				    struct can_sleep cs);
static result(size_t) write_chunk(struct tty_open *o, uint32_t flags, const uint8_t *chunk,
				  size_t n, struct can_sleep cs);
static bool is_worth_writing(struct tty_open *o);
static void signals_send(tty_state_locked k, unsigned events);
static void flow_check(struct tty *t, tty_state_locked k);

result(size_t) tty_read(struct char_open *open, struct io_iter *to, loff_t *pos,
			struct can_sleep cs)
{
	RETURNS(size_t);
	struct tty_open *o = tty_of_open(open);

	{
		hold(tty_state, k, &o->tty->state);
		if (tty_open_is_hung(o, k))
			return OK(size_t, 0);
	}
	if (!o->is_console)
		TRY(tty_job_check(o->tty, SIGTTIN));
	TRY(turn_take(o, true, open->flags, cs));
	result(size_t) done = read_in_turn(o, open->flags, to, cs);
	turn_give(o->tty, true);
	return done;
}

result(size_t) tty_write(struct char_open *open, struct io_iter *from, loff_t *pos,
			 struct can_sleep cs)
{
	RETURNS(size_t);
	struct tty_open *o = tty_of_open(open);
	bool to_stop;

	{
		hold(tty_state, k, &o->tty->state);
		if (tty_open_is_hung(o, k))
			return FAIL(EIO);
		to_stop = ntty_lflag(in(k)->line, TOSTOP) && !o->is_console;
	}
	if (to_stop)
		TRY(tty_job_check(o->tty, SIGTTOU));
	TRY(turn_take(o, false, open->flags, cs));
	result(size_t) done = write_in_turn(o, open->flags, from, cs);
	turn_give(o->tty, false);
	return done;
}

unsigned tty_poll(struct char_open *open, struct poll_table *table)
{
	struct tty_open *o = tty_of_open(open);
	unsigned events = 0;

	poll_wait(table, &o->tty->readers);
	poll_wait(table, &o->tty->writers);
	hold(tty_state, k, &o->tty->state);
	const struct ntty *n = in(k)->line;
	const cc_t *cc = n->termios.c_cc;
	size_t least = cc[VTIME] == 0 && cc[VMIN] > 0 ? cc[VMIN] : 1;

	if (tty_open_is_hung(o, k))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLERR | EPOLLHUP;
	if (ntty_readable(n, least))
		events |= EPOLLIN | EPOLLRDNORM;
	if (ntty_output_count(n) < TTY_WAKE_BELOW)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

size_t tty_receive(struct tty *t, const uint8_t *bytes, const uint8_t *marks, size_t count)
{
	hold(tty_state, k, &t->state);

	if (!in(k)->line->buffers)
		return 0;
	size_t done = ntty_receive(in(k)->line, bytes, marks, count);
	if (done < count)
		in(k)->refused = true;
	tty_settle(t, k);
	flow_check(t, k);
	return done;
}

const uint8_t *tty_output(tty_state_locked k, size_t *count)
{
	return ntty_output(in(k)->line, count);
}

void tty_output_done(struct tty *t, tty_state_locked k, size_t count)
{
	ntty_output_done(in(k)->line, count);
	if (ntty_output_count(in(k)->line) < TTY_WAKE_BELOW && waitq_has_waiters(&t->writers))
		wake_up(&t->writers, EPOLLOUT | EPOLLWRNORM);
}

void tty_output_poke(struct tty *t)
{
	hold(tty_state, k, &t->state);

	if (ntty_output_count(in(k)->line) > 0)
		t->ops->output(t, k);
	else if (waitq_has_waiters(&t->writers))
		wake_up(&t->writers, EPOLLOUT | EPOLLWRNORM);
}

void tty_settle(struct tty *t, tty_state_locked k)
{
	unsigned events = ntty_take_events(in(k)->line);

	if (unlikely(events & (NTTY_INTERRUPT | NTTY_QUIT | NTTY_SUSPEND)))
		signals_send(k, events);
	if (unlikely(events & NTTY_OUTPUT_DROPPED)) {
		if (t->ops->drop_output)
			t->ops->drop_output(t, k);
		wake_up(&t->writers, EPOLLOUT | EPOLLWRNORM);
	}
	if (events & NTTY_READABLE)
		wake_up(&t->readers, EPOLLIN | EPOLLRDNORM);
	if (ntty_output_count(in(k)->line) > 0 && !in(k)->line->stopped)
		t->ops->output(t, k);
}

static bool is_drained(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return ntty_output_count(in(k)->line) == 0;
}

static bool is_idle(struct tty *t)
{
	hold(tty_state, k, &t->state);

	return !t->ops->is_idle || t->ops->is_idle(t, k);
}

/* No interrupt tells that the last bit has left the line: it is looked at now and then. */
result(unit) tty_drain(struct tty *t, struct can_sleep cs)
{
	RETURNS(unit);

	TRY(wait_event_interruptible(&t->writers, is_drained(t), cs));
	while (!is_idle(t))
		TRY(sleep_until(nsec_add(clock_now(), nsec_from_msec(1)), cs));
	return DONE;
}

void tty_flush_input(struct tty *t)
{
	bool resume;

	{
		hold(tty_state, k, &t->state);
		ntty_flush_input(in(k)->line);
		resume = input_taken(t, k);
	}
	if (resume)
		t->ops->input_resume(t);
}

void tty_send_now(struct tty *t, tty_state_locked k, uint8_t c)
{
	if (t->ops->send_now) {
		t->ops->send_now(t, k, c);
		return;
	}
	ntty_put_echo_unprocessed(in(k)->line, c);
	tty_settle(t, k);
}

/* Turns. --------------------------------------------------------------------------------------- */

static bool turn_try(struct tty *t, bool to_read)
{
	hold(tty_state, k, &t->state);
	bool *taken = to_read ? &in(k)->reading : &in(k)->writing;

	if (*taken)
		return false;
	*taken = true;
	return true;
}

static result(unit) turn_take(struct tty_open *o, bool to_read, uint32_t flags, struct can_sleep cs)
{
	if (turn_try(o->tty, to_read))
		return DONE;
	if (flags & O_NONBLOCK)
		return unit_result(EAGAIN);
	return wait_event_interruptible(&o->tty->turns, turn_try(o->tty, to_read), cs);
}

static void turn_give(struct tty *t, bool to_read)
{
	{
		hold(tty_state, k, &t->state);
		if (to_read)
			in(k)->reading = false;
		else
			in(k)->writing = false;
	}
	if (unlikely(waitq_has_waiters(&t->turns)))
		wake_up_all(&t->turns, 0);
}

/* Reading. ------------------------------------------------------------------------------------- */

static result(size_t) read_in_turn(struct tty_open *o, uint32_t flags, struct io_iter *to,
				   struct can_sleep cs)
{
	RETURNS(size_t);
	struct read_rules rules = read_rules(o->tty);
	size_t done = 0;
	bool ended = false;
	uint8_t chunk[CHUNK] not_zeroed;	/* filled by read_chunk as far as it is copied */

	while (to->left > 0 && !ended) {
		size_t n = TRY(read_chunk(o, chunk, min(to->left, (size_t)CHUNK), &ended));

		if (n > 0) {
			attempt(copied, err, io_put(to, chunk, n, cs));
			if (err)
				return done ? OK(size_t, done) : FAIL(err);
			done += copied;
			if (rules.between.ns > 0)
				rules.deadline = nsec_add(clock_now(), rules.between);
			continue;
		}
		if (ended || (done > 0 && done >= rules.least))
			break;
		int err = error_of(input_wait(o, &rules, flags, cs));
		if (err)
			return done || err == ETIMEDOUT ? OK(size_t, done) : FAIL(err);
	}
	return OK(size_t, done);
}

static struct read_rules read_rules(struct tty *t)
{
	struct read_rules r = { .deadline = NSEC_NEVER };
	hold(tty_state, k, &t->state);
	const struct ktermios *m = &in(k)->line->termios;
	nsec_t time = nsec_from_msec(m->c_cc[VTIME] * 100);

	if (m->c_lflag & ICANON)
		return r;
	r.least = max(m->c_cc[VMIN], (cc_t)1);
	if (m->c_cc[VMIN] > 0) {
		r.between = time;
	} else {
		r.no_wait = time.ns == 0;
		r.deadline = nsec_add(clock_now(), time);
	}
	return r;
}

/* Bytes that are there now. *ended: nothing more belongs to this read, because of an end of line or
 * a hang-up. */
static result(size_t) read_chunk(struct tty_open *o, uint8_t *chunk, size_t want, bool *ended)
{
	RETURNS(size_t);
	struct tty *t = o->tty;
	size_t n = 0;
	bool resume = false;

	{
		hold(tty_state, k, &t->state);
		if (ntty_readable(in(k)->line, 1)) {
			n = ntty_read(in(k)->line, chunk, want, ended);
			resume = input_taken(t, k);
		}
		if (tty_open_is_hung(o, k)) {
			n = 0;
			*ended = true;
		}
	}
	if (unlikely(resume))
		t->ops->input_resume(t);
	return OK(size_t, n);
}

static result(unit) input_wait(struct tty_open *o, const struct read_rules *r, uint32_t flags,
			       struct can_sleep cs)
{
	if (r->no_wait)
		return unit_result(ETIMEDOUT);
	if (flags & O_NONBLOCK)
		return unit_result(EAGAIN);
	return wait_event_until(&o->tty->readers, is_worth_reading(o), r->deadline, cs);
}

static bool is_worth_reading(struct tty_open *o)
{
	hold(tty_state, k, &o->tty->state);

	return ntty_readable(in(k)->line, 1) || tty_open_is_hung(o, k);
}

/* Readers have made room: lets a paused sender go on. True: the driver is to be told, without the
 * lock. */
static bool input_taken(struct tty *t, tty_state_locked k)
{
	if (unlikely(in(k)->throttled && ntty_input_slack(in(k)->line))) {
		in(k)->throttled = false;
		if (t->ops->throttle)
			t->ops->throttle(t, k, false);
		if (ntty_iflag(in(k)->line, IXOFF))
			tty_send_now(t, k, in(k)->line->termios.c_cc[VSTART]);
	}
	if (likely(!in(k)->refused) || !ntty_has_room(in(k)->line))
		return false;
	in(k)->refused = false;
	return t->ops->input_resume != NULL;
}

static void flow_check(struct tty *t, tty_state_locked k)
{
	if (likely(!ntty_input_tight(in(k)->line)) || in(k)->throttled)
		return;
	in(k)->throttled = true;
	if (t->ops->throttle)
		t->ops->throttle(t, k, true);
	if (ntty_iflag(in(k)->line, IXOFF))
		tty_send_now(t, k, in(k)->line->termios.c_cc[VSTOP]);
}

/* Writing. ------------------------------------------------------------------------------------- */

static result(size_t) write_in_turn(struct tty_open *o, uint32_t flags, struct io_iter *from,
				    struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = 0;
	uint8_t chunk[CHUNK] not_zeroed;	/* filled by io_get as far as it is written */

	while (from->left > 0) {
		attempt(n, fault, io_get(from, chunk, min(from->left, (size_t)CHUNK), cs));
		if (fault)
			return done ? OK(size_t, done) : FAIL(fault);
		attempt(written, err, write_chunk(o, flags, chunk, n, cs));
		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		done += written;
		if (written < n)
			break;
	}
	return OK(size_t, done);
}

/* The bytes of the chunk written; fewer than n when a signal, O_NONBLOCK or a hang-up broke it off.
 * */
static result(size_t) write_chunk(struct tty_open *o, uint32_t flags, const uint8_t *chunk,
				  size_t n, struct can_sleep cs)
{
	RETURNS(size_t);
	struct tty *t = o->tty;
	size_t done = 0;
	int err = 0;

	while (done < n && !err) {
		if (signal_pending())
			break;
		{
			hold(tty_state, k, &t->state);
			if (tty_open_is_hung(o, k))
				return done ? OK(size_t, done) : FAIL(EIO);
			done += ntty_write(in(k)->line, chunk + done, n - done);
			tty_settle(t, k);
		}
		if (done == n)
			break;
		err = flags & O_NONBLOCK ? EAGAIN :
		      error_of(wait_event_interruptible(&t->writers, is_worth_writing(o), cs));
	}
	if (done > 0)
		return OK(size_t, done);
	return FAIL(err ? err : ERESTARTSYS);
}

static bool is_worth_writing(struct tty_open *o)
{
	hold(tty_state, k, &o->tty->state);

	return ntty_output_count(in(k)->line) < TTY_WAKE_BELOW || tty_open_is_hung(o, k);
}

static void signals_send(tty_state_locked k, unsigned events)
{
	struct pid *group = at(in(k)->foreground);

	if (!group)
		return;
	if (events & NTTY_INTERRUPT)
		job_ops->signal_group(group, SIGINT);
	if (events & NTTY_QUIT)
		job_ops->signal_group(group, SIGQUIT);
	if (events & NTTY_SUSPEND)
		job_ops->signal_group(group, SIGTSTP);
}
