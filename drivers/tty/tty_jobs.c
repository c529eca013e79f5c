/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals: sessions and job control. A terminal is the controlling one of at most one session
 * (state.session), and remembers the session's foreground group. Sources: credentials(7),
 * setsid(2), tcsetpgrp(3), ioctl_tty(2).
 */
#include "tty.h"
#include <murre/cred.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/usercopy.h>

static bool controls_caller(tty_state_locked k);
static void hang_up(struct tty *t, bool leader_exits);
static void leader_gone(struct pid *session, struct can_sleep cs);
static result(long) take(struct tty_call *c);
static result(long) give_away(struct tty_call *c);
static result(long) get_foreground(struct tty_call *c, struct can_sleep cs);
static result(long) set_foreground(struct tty_call *c, struct can_sleep cs);
static result(long) put_foreground(struct tty *t, pid_ref group, bool is_ours);
static result(long) get_session(struct tty_call *c, struct can_sleep cs);
static void own_by_caller(tty_state_locked k);

START_TASK(tty_start, needs(slab_start))
{
	session_ended = leader_gone;
}

result(unit) tty_job_check(struct tty *t, int signo)
{
	{
		hold(tty_state, k, &t->state);
		struct pid *foreground = at(in(k)->foreground);
		if (!foreground || foreground == job_ops->current_group() || !controls_caller(k))
			return DONE;
	}
	if (job_ops->current_ignores_or_blocks(signo))
		return unit_result(signo == SIGTTIN ? EIO : 0);
	if (job_ops->current_group_orphaned())
		return unit_result(EIO);
	job_ops->signal_group(job_ops->current_group(), signo);
	return unit_result(ERESTARTSYS);
}

struct tty *tty_controlling(void)
{
	for (struct tty *t = tty_first(); t; t = rcu_load(t->next)) {
		hold(tty_state, k, &t->state);
		if (controls_caller(k))
			return t;
	}
	return NULL;
}

void tty_adopt(struct tty *t)
{
	if (!job_ops->current_is_session_leader() || tty_controlling())
		return;
	hold(tty_state, k, &t->state);
	if (is_none(in(k)->session))
		own_by_caller(k);
}

void tty_disown(tty_state_locked k)
{
	drop(pid_ref, in(k)->session);
	drop(pid_ref, in(k)->foreground);
}

void tty_hangup(struct tty *t)
{
	hang_up(t, false);
}

dev_nr session_terminal(struct pid *session, pid_nr_t *foreground)
{
	for (struct tty *t = tty_first(); t; t = rcu_load(t->next)) {
		hold(tty_state, k, &t->state);
		if (at(in(k)->session) != session)
			continue;
		foreground->nr = is_none(in(k)->foreground) ? -1 : at(in(k)->foreground)->nr.nr;
		return t->node.dev;
	}
	foreground->nr = -1;
	return 0;
}

void tty_resize(struct tty *t, const struct winsize *size)
{
	hold(tty_state, k, &t->state);

	if (memcmp(&in(k)->size, size, sizeof(*size)) == 0)
		return;
	in(k)->size = *size;
	if (!is_none(in(k)->foreground))
		job_ops->signal_group(at(in(k)->foreground), SIGWINCH);
}

void tty_carrier(struct tty *t, bool on)
{
	bool lost;

	{
		hold(tty_state, k, &t->state);
		lost = !on && !(in(k)->line->termios.c_cflag & CLOCAL);
	}
	if (lost)
		tty_hangup(t);
	else
		wake_up_all(&t->turns, 0);
}

result(long) tty_jobs_ioctl(struct tty_call *c, struct can_sleep cs)
{
	switch (c->cmd) {
	case TIOCSCTTY:
		return take(c);
	case TIOCNOTTY:
		return give_away(c);
	case TIOCGPGRP:
		return get_foreground(c, cs);
	case TIOCSPGRP:
		return set_foreground(c, cs);
	case TIOCGSID:
		return get_session(c, cs);
	}
	return FAIL(ENOTTY);
}

static bool controls_caller(tty_state_locked k)
{
	return at(in(k)->session) && at(in(k)->session) == job_ops->current_session() &&
	       !job_ops->current_terminal_given_up();
}

static void own_by_caller(tty_state_locked k)
{
	drop(pid_ref, in(k)->session);
	drop(pid_ref, in(k)->foreground);
	in(k)->session = pid_share(job_ops->current_session());
	in(k)->foreground = pid_share(job_ops->current_group());
}

/* The session learns of it through its leader; when the leader itself exits, the foreground group
 * does. */
static void hang_up(struct tty *t, bool leader_exits)
{
	own(pid_ref, session, none(pid_ref));
	own(pid_ref, foreground, none(pid_ref));

	{
		hold(tty_state, k, &t->state);
		in(k)->hangups++;
		ntty_flush_input(in(k)->line);
		ntty_flush_output(in(k)->line);
		if (t->reset_on_close && in(k)->line->buffers)
			ntty_set_termios(in(k)->line, &t->initial);
		tty_settle(t, k);
		drop(pid_ref, in(k)->hung_session);
		drop(pid_ref, in(k)->hung_foreground);
		session = give(in(k)->session);
		foreground = give(in(k)->foreground);
		if (!leader_exits && !is_none(session)) {
			in(k)->hung_session = pid_share(at(session));
			if (!is_none(foreground))
				in(k)->hung_foreground = pid_share(at(foreground));
		}
	}
	if (!leader_exits && !is_none(session)) {
		job_ops->signal_process(at(session), SIGHUP);
		job_ops->signal_process(at(session), SIGCONT);
	}
	if (leader_exits && !is_none(foreground))
		job_ops->signal_group(at(foreground), SIGHUP);
	wake_up_all(&t->readers, 0);
	wake_up_all(&t->writers, 0);
	wake_up_all(&t->turns, 0);
}

/* When the terminal was hung up before its session's leader exits, those that it left in the
 * foreground learn of it now. */
static void old_foreground_tell(struct tty *t, struct pid *session)
{
	own(pid_ref, foreground, none(pid_ref));

	{
		hold(tty_state, k, &t->state);
		if (at(in(k)->hung_session) != session)
			return;
		drop(pid_ref, in(k)->hung_session);
		foreground = give(in(k)->hung_foreground);
	}
	if (is_none(foreground))
		return;
	job_ops->signal_group(at(foreground), SIGHUP);
	job_ops->signal_group(at(foreground), SIGCONT);
}

static bool is_terminal_of(struct tty *t, struct pid *session)
{
	hold(tty_state, k, &t->state);

	return at(in(k)->session) == session;
}

static void leader_gone(struct pid *session, struct can_sleep cs)
{
	for (struct tty *t = tty_first(); t; t = rcu_load(t->next)) {
		if (is_terminal_of(t, session))
			hang_up(t, true);
		else
			old_foreground_tell(t, session);
	}
}

/* The ioctls. ---------------------------------------------------------------------------------- */

static result(long) take(struct tty_call *c)
{
	bool leads = job_ops->current_is_session_leader();
	bool has_one = tty_controlling() != NULL;
	bool may_read = (c->flags & O_ACCMODE) != O_WRONLY;
	hold(tty_state, k, &c->tty->state);

	if (leads && at(in(k)->session) == job_ops->current_session())
		return OK(long, 0);
	if (!leads || has_one)
		return FAIL(EPERM);
	if (!is_none(in(k)->session) && !(c->arg == 1 && capable(CAP_SYS_ADMIN)))
		return FAIL(EPERM);
	if (!may_read && !capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	own_by_caller(k);
	return OK(long, 0);
}

static result(long) give_away(struct tty_call *c)
{
	own(pid_ref, foreground, none(pid_ref));

	{
		hold(tty_state, k, &c->tty->state);
		if (!controls_caller(k))
			return FAIL(ENOTTY);
		if (job_ops->current_is_session_leader()) {
			foreground = give(in(k)->foreground);
			tty_disown(k);
		} else {
			job_ops->terminal_give_up();
		}
	}
	if (!is_none(foreground)) {
		job_ops->signal_group(at(foreground), SIGHUP);
		job_ops->signal_group(at(foreground), SIGCONT);
	}
	return OK(long, 0);
}

static result(long) get_foreground(struct tty_call *c, struct can_sleep cs)
{
	int nr;

	{
		hold(tty_state, k, &c->tty->state);
		if (!controls_caller(k))
			return FAIL(ENOTTY);
		nr = is_none(in(k)->foreground) ? 0 : at(in(k)->foreground)->nr.nr;
	}
	TRY(copy_out(user_from(int, c->arg), &nr));
	return OK(long, 0);
}

static result(long) set_foreground(struct tty_call *c, struct can_sleep cs)
{
	int nr;
	int err = error_of(tty_job_check(c->tty, SIGTTOU));

	if (err)
		return FAIL(err == EIO ? ENOTTY : err);
	TRY(copy_in(&nr, user_from(int, c->arg)));
	if (nr < 0)
		return FAIL(EINVAL);
	own(pid_ref, group, job_ops->group_find((pid_nr_t){ nr }));
	bool is_ours = !is_none(group) && job_ops->group_in_session(at(group),
								    job_ops->current_session());

	return put_foreground(c->tty, give(group), is_ours);
}

static result(long) put_foreground(struct tty *t, pid_ref group, bool is_ours)
{
	own(pid_ref, g, give(group));
	hold(tty_state, k, &t->state);

	if (!controls_caller(k))
		return FAIL(ENOTTY);
	if (is_none(g))
		return FAIL(ESRCH);
	if (!is_ours)
		return FAIL(EPERM);
	drop(pid_ref, in(k)->foreground);
	in(k)->foreground = give(g);
	return OK(long, 0);
}

static result(long) get_session(struct tty_call *c, struct can_sleep cs)
{
	int nr;

	{
		hold(tty_state, k, &c->tty->state);
		if (!controls_caller(k))
			return FAIL(ENOTTY);
		nr = at(in(k)->session)->nr.nr;
	}
	TRY(copy_out(user_from(int, c->arg), &nr));
	return OK(long, 0);
}
