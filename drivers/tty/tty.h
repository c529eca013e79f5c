/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal class's own declarations: an opening of a terminal, and what the class's files do
 * for each other. An opening is made by open(2), belongs to the open file, and is dead once the
 * terminal was hung up.
 */
#pragma once
#include <murre/jobs.h>
#include <murre/slab.h>
#include <murre/time.h>
#include <murre/tty.h>
#include "ntty.h"

/* Writers sleep until no more than this is left to send; poll calls a terminal writable below it.
 * */
#define TTY_WAKE_BELOW 256u

struct tty_open {
	struct tty *tty;
	uint32_t hangups;		/* state.hangups when it was opened */
	bool is_console;		/* by /dev/console: no job control, survives hang-ups */
};
DEFINE_BOX(tty_open, struct tty_open)

/* One ioctl(2) on its way. */
struct tty_call {
	struct tty_open *open;
	struct tty *tty;
	uint32_t flags;			/* O_* of the opening */
	unsigned cmd;
	uintptr_t arg;
};

/* tty.c */
enum tty_open_kind { TTY_OPEN_PLAIN, TTY_OPEN_CONSOLE, TTY_OPEN_CONTROLLING };
result(void_ptr) tty_open_as(struct tty *t, uint32_t flags, enum tty_open_kind kind,
			     struct can_sleep cs);
void tty_close(struct char_open *o, struct can_sleep cs);
static inline struct tty_open *tty_of_open(struct char_open *o) { return o->state; }
static inline bool tty_open_is_hung(const struct tty_open *o, tty_state_locked k)
{
	return o->hangups != in(k)->hangups && !o->is_console;
}

/* tty_io.c */
result(size_t) tty_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs);
result(size_t) tty_write(struct char_open *o, struct io_iter *from, loff_t *pos,
			 struct can_sleep cs);
unsigned tty_poll(struct char_open *o, struct poll_table *t);
/* Acts on what the discipline has left behind: signals, wake-ups, output. */
void tty_settle(struct tty *t, tty_state_locked k);
/* Waits until all output is sent. ERESTARTSYS. */
result(unit) tty_drain(struct tty *t, struct can_sleep cs);
void tty_flush_input(struct tty *t);
void tty_send_now(struct tty *t, tty_state_locked k, uint8_t c);

/* tty_modes.c */
result(long) tty_modes_get(struct tty_call *c, struct can_sleep cs);
result(long) tty_modes_set(struct tty_call *c, struct can_sleep cs);
result(long) tty_modes_get_locked(struct tty_call *c, struct can_sleep cs);
result(long) tty_modes_set_locked(struct tty_call *c, struct can_sleep cs);
result(long) tty_modes_soft_carrier(struct tty_call *c, struct can_sleep cs);
/* The speed that a c_cflag's output bits mean; BOTHER: other. */
unsigned tty_speed_of(tcflag_t cflag, unsigned other);
/* Sets both speeds and the bits for them. */
void tty_set_speed(struct ktermios *t, unsigned speed);

/* tty_jobs.c */
/* Before a background group reads (SIGTTIN), writes with TOSTOP or changes the terminal (SIGTTOU):
 * stops it. ERESTARTSYS; EIO: its group is orphaned, or ignores SIGTTIN. */
result(unit) tty_job_check(struct tty *t, int signo);
/* The caller's controlling terminal, NULL: none. */
struct tty *tty_controlling(void);
/* A session leader without one takes it at open. */
void tty_adopt(struct tty *t);
/* The last opening is gone: no one's any more. */
void tty_disown(tty_state_locked k);
result(long) tty_jobs_ioctl(struct tty_call *c, struct can_sleep cs);

/* tty_ioctl.c */
result(long) tty_ioctl(struct char_open *o, unsigned cmd, uintptr_t arg, struct can_sleep cs);

/* console.c */
/* What console= says behind the name, "115200n8r": speed, parity n, o or e, bits, r for RTS/CTS; each may be left out from
 * the right. A speed above the most is none. */
void console_modes_read(struct ktermios *m, const char *options, unsigned speed_max);
result(long) tty_redirect_console(struct tty_call *c, struct can_sleep cs);
void tty_redirect_end(struct tty_open *o);
