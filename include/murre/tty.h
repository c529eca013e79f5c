/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals. A driver (serial line, virtio console, later pseudo terminals and screens) embeds a
 * struct tty, fills its name, number and lower half, and registers it: the class does line
 * discipline, reads and writes, settings, job control and hang-up. What changes lies in `state`,
 * under the terminal's lock; drivers are called with it held where they get its token `k`.
 * Registered terminals live for good. Sources: termios(3), ioctl_tty(2), credentials(7).
 */
#pragma once
#include <murre/device.h>
#include <murre/pid.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/serial.h>

struct ntty;
struct ntty_buffers;
struct tty;

struct tty_state {
	struct ntty *line;		/* the discipline; its buffers come with the first open */
	struct ktermios locked;		/* bits that TIOCSLCKTRMIOS has locked */
	struct winsize size;
	pid_ref session;		/* whose controlling terminal it is, none: nobody's */
	pid_ref foreground;		/* its foreground process group */
	pid_ref hung_session;		/* from whom a hang-up took it */
	pid_ref hung_foreground;	/* and who was in the foreground then */
	uint32_t hangups;		/* openings from before the last one are dead */
	bool exclusive;			/* TIOCEXCL */
	bool reading, writing;		/* someone's read(2), write(2) is under way */
	bool throttled;			/* the sender was asked to pause */
	bool refused;			/* the driver holds bytes back that found no room */
};
DEFINE_GUARDED_IRQ(tty_state, struct tty_state, RANK_TTY)
DEFINE_GUARDED_MUTEX(tty_users, struct { unsigned opens; }, RANK_TTY - 2)
/* For locks of drivers that are held across tty_receive. */
#define RANK_TTY_INPUT (RANK_TTY - 1)

/* The lower half. Verbs with k run with the terminal's lock held, from any context; NULL where the
 * device cannot. */
struct tty_ops {
	/* First open and last close. ENOMEM, EIO. */
	result(unit) (*start_up)(struct tty *t, struct can_sleep cs);
	void (*shut_down)(struct tty *t, struct can_sleep cs);
	/* There is output: takes what it can with tty_output and tty_output_done, and more from
	 * tty_output_poke on. Must be. */
	void (*output)(struct tty *t, tty_state_locked k);
	/* Forgets bytes taken but not sent. */
	void (*drop_output)(struct tty *t, tty_state_locked k);
	/* Has everything taken been sent? NULL: always. */
	bool (*is_idle)(struct tty *t, tty_state_locked k);
	/* After tty_receive had no room: there is some. Without the lock. */
	void (*input_resume)(struct tty *t);
	/* Applies c_cflag and speeds, and corrects `now` to what the line has. NULL: they cannot
	 * change. */
	void (*set_modes)(struct tty *t, tty_state_locked k, struct ktermios *now,
			  const struct ktermios *old);
	/* Asks the sender to pause and to go on by hardware means. */
	void (*throttle)(struct tty *t, tty_state_locked k, bool on);
	/* Sends a byte ahead of all output. NULL: it waits its turn. */
	void (*send_now)(struct tty *t, tty_state_locked k, uint8_t c);
	void (*set_break)(struct tty *t, tty_state_locked k, bool on);
	/* Modem lines, TIOCM_*. */
	unsigned (*modem)(struct tty *t, tty_state_locked k);
	void (*set_modem)(struct tty *t, tty_state_locked k, unsigned set, unsigned clear);
	/* What kind of serial port it is (TIOCGSERIAL). */
	void (*describe)(struct tty *t, struct serial_struct *out);
};

struct tty {
	/* The driver's, before tty_register. */
	const struct tty_ops *ops;
	struct char_device node;	/* name, dev; the class fills the rest */
	struct ktermios initial;	/* settings at first; c_cflag 0: the usual ones */
	bool reset_on_close;		/* back to the initial settings at the last close */
	struct winsize initial_size;	/* what the device said last */

	/* The class's. */
	guarded(tty_state) state;
	guarded(tty_users) users;
	waitq readers, writers, turns;	/* turns: for reading and writing, and for carrier */
	struct tty *next;
};

/* Makes the terminal and its device node known. ENOMEM. */
result(unit) tty_register(struct tty *t);

/* Bytes that came in, with their marks (enum ntty_mark) or NULL; the count taken. The rest is the
 * driver's to keep until input_resume. Any context; no lock of rank TTY or above. */
size_t tty_receive(struct tty *t, const uint8_t *bytes, const uint8_t *marks, size_t count);
/* Next bytes to send, *count of them in place (0: none or stopped); tty_output_done takes them out
 * and wakes writers. */
const uint8_t *tty_output(tty_state_locked k, size_t *count);
void tty_output_done(struct tty *t, tty_state_locked k, size_t count);
/* The driver can take output again. Any context. */
void tty_output_poke(struct tty *t);
/* The device's window has this size now. Any context. */
void tty_resize(struct tty *t, const struct winsize *size);
/* Carrier came or went; without CLOCAL its loss hangs up. Any context. */
void tty_carrier(struct tty *t, bool on);
/* Takes the terminal away from all who have it open and from its session: SIGHUP and SIGCONT for
 * the leader. Any context. */
void tty_hangup(struct tty *t);

/* All terminals; the list only grows. */
struct tty *tty_first(void);
/* Number of a session's controlling terminal and its foreground group, for /proc/PID/stat: 0 and -1
 * without one. */
dev_nr session_terminal(struct pid *session, pid_nr_t *foreground);
/* The terminal behind /dev/console: the last one that console= names and that exists, else the
 * first serial line, else any. NULL: none. */
struct tty *console_terminal(void);
/* Options of a console= word for this device: the text after "NAME,"; NULL when it is not named. */
const char *console_options(const char *name);
