/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/console, the terminal that console= chose, and /dev/tty, the caller's controlling terminal.
 * Both have no state of their own: an opening is one of the terminal behind. TIOCCONS sends what is
 * written to /dev/console elsewhere. Sources: console(4), tty(4), ioctl_tty(2).
 */
#include "tty.h"
#include <murre/cred.h>
#include <murre/start.h>
#include <murre/string.h>

DEFINE_GUARDED(console_redirect, struct { struct tty_open *to; }, RANK_DEVICE)
static guarded(console_redirect) redirect;

static bool word_names(const char *word, const char *name);
static result(void_ptr) open_console(struct char_device *d, uint32_t flags, struct can_sleep cs);
static result(void_ptr) open_controlling(struct char_device *d, uint32_t flags,
					 struct can_sleep cs);
static result(size_t) write_console(struct char_open *o, struct io_iter *from, loff_t *pos,
				    struct can_sleep cs);
static bool redirected(struct tty_open *out);

#define TTY_VERBS .release = tty_close, .read = tty_read, .ioctl = tty_ioctl, .poll = tty_poll
static const struct char_ops console_ops = {
	.open = open_console, .write = write_console, TTY_VERBS,
};
static const struct char_ops controlling_ops = {
	.open = open_controlling, .write = tty_write, TTY_VERBS,
};

START_TASK(console_start, needs(tty_start))
{
	static struct char_device controlling = {
		.name = "tty", .permissions = 0666, .ops = &controlling_ops,
	};
	static struct char_device console = {
		.name = "console", .permissions = 0600, .ops = &console_ops,
	};

	controlling.dev = dev_make(5, 0);
	console.dev = dev_make(5, 1);
	device_register(&controlling);
	device_register(&console);
}

const char *console_options(const char *name)
{
	const char *options = NULL, *word;

	for (unsigned n = 0; (word = cmdline_word(n, "console")); n++)
		if (word_names(word, name))
			options = word + strlen(name) + (word[strlen(name)] == ',');
	return options;
}

void console_modes_read(struct ktermios *m, const char *options, unsigned speed_max)
{
	const char *at;
	uint64_t speed = string_to_u64(options, &at, 10);

	if (speed > 0 && speed <= speed_max)
		tty_set_speed(m, (unsigned)speed);
	if (*at == 'o' || *at == 'e')
		m->c_cflag |= PARENB | (*at == 'o' ? PARODD : 0);
	at += *at != 0;
	if (*at == '7')
		m->c_cflag = (m->c_cflag & ~CSIZE) | CS7;
	at += *at != 0;
	if (*at == 'r')
		m->c_cflag |= CRTSCTS;
}

static struct tty *terminal_named(const char *word)
{
	for (struct tty *t = tty_first(); t; t = rcu_load(t->next))
		if (word_names(word, t->node.name))
			return t;
	return NULL;
}

struct tty *console_terminal(void)
{
	struct tty *last = NULL;
	const char *word;

	for (unsigned n = 0; (word = cmdline_word(n, "console")); n++) {
		struct tty *t = terminal_named(word);
		last = t ? t : last;
	}
	if (last)
		return last;
	last = terminal_named("ttyS0");
	return last ? last : tty_first();
}

/* "ttyS0,115200n8" names ttyS0. */
static bool word_names(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && (word[n] == 0 || word[n] == ',');
}

static result(void_ptr) open_console(struct char_device *d, uint32_t flags, struct can_sleep cs)
{
	RETURNS(void_ptr);
	struct tty *t = console_terminal();

	return t ? tty_open_as(t, flags, TTY_OPEN_CONSOLE, cs) : FAIL(ENODEV);
}

/* It never waits for carrier: the terminal is in use already. */
static result(void_ptr) open_controlling(struct char_device *d, uint32_t flags, struct can_sleep cs)
{
	RETURNS(void_ptr);
	struct tty *t = tty_controlling();

	return t ? tty_open_as(t, flags | O_NONBLOCK, TTY_OPEN_CONTROLLING, cs) : FAIL(ENXIO);
}

static result(size_t) write_console(struct char_open *o, struct io_iter *from, loff_t *pos,
				    struct can_sleep cs)
{
	struct tty_open elsewhere;
	struct char_open to = { .device = o->device, .state = &elsewhere, .flags = o->flags };

	if (unlikely(redirected(&elsewhere)))
		return tty_write(&to, from, pos, cs);
	return tty_write(o, from, pos, cs);
}

static bool redirected(struct tty_open *out)
{
	if (likely(!read_once(peek(&redirect)->to)))
		return false;
	hold(console_redirect, r, &redirect);
	if (!in(r)->to)
		return false;
	*out = *in(r)->to;
	return true;
}

/* TIOCCONS on another terminal sends the console's output there until it is closed; on /dev/console
 * it ends that. */
result(long) tty_redirect_console(struct tty_call *c, struct can_sleep may_sleep)
{
	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	if (!c->open->is_console && (c->flags & O_ACCMODE) == O_RDONLY)
		return FAIL(EBADF);
	hold(console_redirect, r, &redirect);
	if (!c->open->is_console && in(r)->to)
		return FAIL(EBUSY);
	in(r)->to = c->open->is_console ? NULL : c->open;
	return OK(long, 0);
}

void tty_redirect_end(struct tty_open *o)
{
	hold(console_redirect, r, &redirect);

	if (in(r)->to == o)
		in(r)->to = NULL;
}
