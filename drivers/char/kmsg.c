/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the kernel log from programs. The log may be written in any context, even under the scheduler's locks, so
 * that a writer can wake nobody: while someone waits for new records, a timer looks for them. The shared reading
 * position of syslog(2) lies under a mutex; /dev/kmsg (its record format is that of Linux's dev-kmsg document) keeps
 * one per opening.
 */
#include <murre/abi.h>
#include <murre/cred.h>
#include <murre/device.h>
#include <murre/kmsg.h>
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/time.h>
#include <linux/fs.h>

/* New records are noticed this much later at most. */
#define LOOK_PERIOD nsec_from_msec(50)
/* A record with a prefix on each line, and with every byte escaped. */
enum { LINES_BYTES_MAX = 1024, RECORD_BYTES_MAX = 4 * 232 + 64 };

/* Waiting. --------------------------------------------------------------------------------------------------------- */

static waitq readers;
static struct timer look_timer;
static uint64_t seen_seq;		/* next sequence number when the timer last looked; a hint */

static void look_for_records(struct timer *t)
{
	uint64_t next = log_next_seq();

	if (next != seen_seq)
		wake_up_all(&readers, EPOLLIN | EPOLLRDNORM);
	seen_seq = next;
	if (waitq_has_waiters(&readers))
		timer_arm(t, nsec_add(clock_now(), LOOK_PERIOD));
}

static bool record_after(uint64_t seq)
{
	if (seq < log_next_seq())
		return true;
	if (!timer_armed(&look_timer))
		timer_arm(&look_timer, nsec_add(clock_now(), LOOK_PERIOD));
	return false;
}

static result(unit) wait_for_record(uint64_t seq, bool nonblocking, struct can_sleep cs)
{
	RETURNS(unit);

	if (nonblocking && !record_after(seq))
		return FAIL(EAGAIN);
	return wait_event_interruptible(&readers, record_after(seq), cs);
}

/* syslog(2) and /proc/kmsg. ---------------------------------------------------------------------------------------- */

struct syslog_position {
	uint64_t next;			/* record to read */
	size_t offset;			/* bytes of its lines already given */
	uint64_t clear;			/* READ_ALL starts here */
};
DEFINE_GUARDED_MUTEX(syslog_position, struct syslog_position, RANK_PIPE)
static guarded(syslog_position) position;

/* The lines of a record, each with its priority and time. */
static size_t record_lines(const struct log_record *r, char *buf, size_t cap)
{
	struct text_out out = text_out_to(buf, cap);
	const char *text = r->text, *end = r->text + r->length;

	do {
		const char *stop = memchr(text, '\n', end - text);

		if (!stop)
			stop = end;
		text_print(&out, "<%d>[%5ld.%06ld] %.*s\n", r->level, r->ns / NSEC_PER_SEC,
			   r->ns % NSEC_PER_SEC / NSEC_PER_USEC, (int)(stop - text), text);
		text = stop + 1;
	} while (text < end);
	return out.len;
}

/* Gives what fits of the records from the position on; moves it only past what the program got. */
static result(size_t) position_read(struct syslog_position *p, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	char lines[LINES_BYTES_MAX] not_zeroed;		/* written by record_lines */
	struct log_record r not_zeroed;			/* filled by log_read */
	size_t done = 0;

	for (uint64_t seq = p->next; to->left && log_read(&seq, &r);) {
		size_t bytes = record_lines(&r, lines, sizeof(lines));
		size_t offset = r.seq == p->next ? min(p->offset, bytes) : 0;

		attempt(n, err, io_put(to, lines + offset, min(bytes - offset, to->left), cs));
		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		done += n;
		p->next = offset + n == bytes ? seq : r.seq;
		p->offset = offset + n == bytes ? 0 : offset + n;
	}
	return OK(size_t, done);
}

result(size_t) kmsg_read(struct io_iter *to, bool nonblocking, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done;

	do {
		TRY(wait_for_record(read_once(peek(&position)->next), nonblocking, cs));
		hold_mutex(syslog_position, p, &position);
		done = TRY(position_read(in(p), to, cs));
	} while (done == 0 && to->left);
	return OK(size_t, done);
}

/* Bytes of all lines from seq on. */
static size_t lines_bytes(uint64_t seq)
{
	char lines[LINES_BYTES_MAX] not_zeroed;		/* written by record_lines */
	struct log_record r not_zeroed;			/* filled by log_read */
	size_t total = 0;

	while (log_read(&seq, &r))
		total += record_lines(&r, lines, sizeof(lines));
	return total;
}

/* The first record from seq on such that it and all later ones fit in n bytes. */
static uint64_t newest_that_fit(uint64_t seq, size_t n)
{
	char lines[LINES_BYTES_MAX] not_zeroed;		/* written by record_lines */
	struct log_record r not_zeroed;			/* filled by log_read */
	size_t total = lines_bytes(seq);

	while (total > n && log_read(&seq, &r))
		total -= min(total, record_lines(&r, lines, sizeof(lines)));
	return seq;
}

result(size_t) kmsg_read_all(struct io_iter *to, bool clear, struct can_sleep cs)
{
	RETURNS(size_t);
	hold_mutex(syslog_position, p, &position);
	uint64_t end = log_next_seq();
	struct syslog_position from = { .next = newest_that_fit(in(p)->clear, to->left) };
	size_t done = TRY(position_read(&from, to, cs));

	if (clear)
		in(p)->clear = end;
	return OK(size_t, done);
}

void kmsg_clear(struct can_sleep cs)
{
	hold_mutex(syslog_position, p, &position);
	in(p)->clear = log_next_seq();
}

size_t kmsg_unread(struct can_sleep cs)
{
	hold_mutex(syslog_position, p, &position);
	return lines_bytes(in(p)->next) - in(p)->offset;
}

unsigned kmsg_poll(struct poll_table *t)
{
	poll_wait(t, &readers);
	return record_after(read_once(peek(&position)->next)) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* /dev/kmsg. ------------------------------------------------------------------------------------------------------- */

struct kmsg_place { uint64_t next; };
DEFINE_GUARDED_MUTEX(kmsg_place, struct kmsg_place, RANK_PIPE)
struct kmsg_reader { guarded(kmsg_place) place; };
DEFINE_BOX(kmsg_reader, struct kmsg_reader)
DEFINE_BOX_CACHE(kmsg_reader, struct kmsg_reader);

static result(void_ptr) device_open(struct char_device *d, uint32_t flags, struct can_sleep cs)
{
	RETURNS(void_ptr);
	own(kmsg_reader_box, reader, TRY(kmsg_reader_box_new()));

	peek(&at(reader)->place)->next = log_first_seq();
	return OK(void_ptr, unbox(reader));
}

static void device_release(struct char_open *o, struct can_sleep cs)
{
	kmsg_reader_box_free(o->state);
}

static size_t record_print(const struct log_record *r, char *buf, size_t cap)
{
	struct text_out out = text_out_to(buf, cap);

	text_print(&out, "%d,%lu,%ld,-;", r->level, r->seq, r->ns / NSEC_PER_USEC);
	for (unsigned i = 0; i < r->length; i++) {
		unsigned char c = r->text[i];

		if (c < ' ' || c >= 127 || c == '\\')
			text_print(&out, "\\x%02x", c);
		else
			text_char(&out, c);
	}
	text_char(&out, '\n');
	return out.len;
}

/* One record a call, none (0) if another reader took it; EPIPE once when the ring has overwritten the one that was
 * due. */
static result(size_t) record_read(struct kmsg_place *place, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	char text[RECORD_BYTES_MAX] not_zeroed;		/* written by record_print */
	struct log_record r not_zeroed;			/* filled by log_read */
	uint64_t due = place->next, after = due;

	if (!log_read(&after, &r))
		return OK(size_t, 0);
	if (r.seq != due) {
		place->next = r.seq;
		return FAIL(EPIPE);
	}
	size_t bytes = record_print(&r, text, sizeof(text));
	if (to->left < bytes)
		return FAIL(EINVAL);
	if (TRY(io_put(to, text, bytes, cs)) != bytes)
		return FAIL(EFAULT);
	place->next = after;
	return OK(size_t, bytes);
}

static result(size_t) device_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct kmsg_reader *reader = o->state;
	size_t done;

	do {
		TRY(wait_for_record(read_once(peek(&reader->place)->next), o->flags & O_NONBLOCK, cs));
		hold_mutex(kmsg_place, place, &reader->place);
		done = TRY(record_read(in(place), to, cs));
	} while (!done);
	return OK(size_t, done);
}

/* "<N>text": the level is N's low three bits. */
static enum log_level level_take(const char **text)
{
	const char *end;

	if ((*text)[0] != '<' || (*text)[1] < '0' || (*text)[1] > '9')
		return LOG_WARNING;
	uint64_t n = string_to_u64(*text + 1, &end, 10);
	if (*end != '>')
		return LOG_WARNING;
	*text = end + 1;
	return n & 7;
}

static result(size_t) device_write(struct char_open *o, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	char line[LINES_BYTES_MAX - 32] not_zeroed;	/* filled by io_get */
	const char *text = line;
	size_t n = from->left;

	if (n >= sizeof(line))
		return FAIL(EINVAL);
	if (n && TRY(io_get(from, line, n, cs)) != n)
		return FAIL(EFAULT);
	line[n] = 0;
	enum log_level level = level_take(&text);
	log_print(level, "%s", text);
	return OK(size_t, n);
}

static result(loff_t) device_seek(struct char_open *o, loff_t offset, int whence, struct can_sleep cs)
{
	RETURNS(loff_t);
	struct kmsg_reader *reader = o->state;

	if (offset)
		return FAIL(ESPIPE);
	hold_mutex(kmsg_place, place, &reader->place);
	switch (whence) {
	case SEEK_SET:
		in(place)->next = log_first_seq();
		return OK(loff_t, 0);
	case SEEK_DATA:
		in(place)->next = max(read_once(peek(&position)->clear), log_first_seq());
		return OK(loff_t, 0);
	case SEEK_END:
		in(place)->next = log_next_seq();
		return OK(loff_t, 0);
	}
	return FAIL(EINVAL);
}

static unsigned device_poll(struct char_open *o, struct poll_table *t)
{
	struct kmsg_reader *reader = o->state;
	uint64_t due = read_once(peek(&reader->place)->next);

	poll_wait(t, &readers);
	if (!record_after(due))
		return 0;
	return EPOLLIN | EPOLLRDNORM | (due < log_first_seq() ? EPOLLERR | EPOLLPRI : 0);
}

static const struct char_ops kmsg_ops = {
	.open = device_open, .release = device_release, .read = device_read, .write = device_write,
	.seek = device_seek, .poll = device_poll,
};
static struct char_device kmsg_device = {
	.name = "kmsg", .dev = (uint64_t)1 << 20 | 11, .permissions = 0644, .ops = &kmsg_ops,
};

START_TASK(kmsg_start, needs())
{
	timer_init(&look_timer, look_for_records);
	device_register(&kmsg_device);
}
