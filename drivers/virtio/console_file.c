/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports of virtio consoles as files /dev/vportNpM: bytes to and from the host, unchanged. Unlike
 * Linux, which allows one opening, a port may be opened again (through /proc/self/fd, say) as a
 * pipe may, and a blocking write takes all of its bytes; otherwise reads, writes and poll behave as
 * there: no host is end of file for readers, and writers wait for one.
 */
#include "console.h"
#include <murre/start.h>
#include <murre/text.h>

/* Of the range that Linux hands out to drivers without a number of their own. */
#define MAJOR 246

static result(void_ptr) port_open(struct char_device *d, uint32_t flags, struct can_sleep cs);
static void port_close(struct char_open *o, struct can_sleep cs);
static result(size_t) port_read(struct char_open *o, struct io_iter *to, loff_t *pos,
				struct can_sleep cs);
static result(size_t) port_write(struct char_open *o, struct io_iter *from, loff_t *pos,
				 struct can_sleep cs);
static unsigned port_poll(struct char_open *o, struct poll_table *t);
static result(size_t) read_available(struct port *p, struct io_iter *to, struct can_sleep cs);
static result(unit) output_wait(struct port *p, uint32_t flags, struct port_buffer **out,
				struct can_sleep cs);

static const struct char_ops port_ops = {
	.open = port_open,
	.release = port_close,
	.read = port_read,
	.write = port_write,
	.poll = port_poll,
};

struct port_view { bool host_open, removed; };

static struct port_view view(struct port *p)
{
	hold(port_state, s, &p->state);

	return (struct port_view){ in(s)->host_open, in(s)->removed };
}

void port_file_add(struct port *p)
{
	unsigned index = vconsole_index(p->device);

	text_format(p->node_name, sizeof(p->node_name), "vport%up%u", index, p->id);
	p->node.name = p->node_name;
	p->node.dev = dev_make(MAJOR - index, p->id);
	p->node.permissions = 0600;
	p->node.ops = &port_ops;
	p->node.context = p;
	device_register(&p->node);
}

static result(void_ptr) port_open(struct char_device *d, uint32_t flags, struct can_sleep cs)
{
	RETURNS(void_ptr);
	struct port *p = d->context;
	bool is_first;

	if (p->terminal)
		return FAIL(ENXIO);
	TRY(port_fill_input(p));
	{
		hold(port_state, s, &p->state);
		if (in(s)->removed)
			return FAIL(ENXIO);
		is_first = in(s)->opens++ == 0;
	}
	if (is_first)
		vconsole_tell(p->device, p->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	return OK(void_ptr, p);
}

static void port_close(struct char_open *o, struct can_sleep cs)
{
	struct port *p = o->state;
	bool was_last;

	{
		hold(port_state, s, &p->state);
		was_last = --in(s)->opens == 0;
	}
	if (!was_last)
		return;
	vconsole_tell(p->device, p->id, VIRTIO_CONSOLE_PORT_OPEN, 0);
	/* What nobody has read is not for the next one. */
	while (port_input(p))
		port_input_done(p);
}

static result(size_t) port_read(struct char_open *o, struct io_iter *to, loff_t *pos,
				struct can_sleep cs)
{
	RETURNS(size_t);
	struct port *p = o->state;

	while (to->left > 0) {
		/* Looked at first: what came before the host closed its end is still read. */
		struct port_view now = view(p);
		size_t n = TRY(read_available(p, to, cs));

		if (n > 0)
			return OK(size_t, n);
		if (now.removed)
			return FAIL(ENODEV);
		if (!now.host_open)
			break;
		if (o->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(wait_event_interruptible(&p->changes, port_input(p) || !view(p).host_open, cs));
	}
	return OK(size_t, 0);
}

/* Copies what is there, buffer by buffer. An error only when nothing was copied. */
static result(size_t) read_available(struct port *p, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	hold_mutex(port_reader, r, &p->reader);
	struct port_buffer *b;
	size_t done = 0;

	while (to->left > 0 && (b = port_input(p))) {
		attempt(n, err, io_put(to, b->bytes + b->from, min((size_t)b->count, to->left),
				       cs));
		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		b->from += n;
		b->count -= n;
		done += n;
		if (b->count == 0)
			port_input_done(p);
	}
	return OK(size_t, done);
}

static result(size_t) port_write(struct char_open *o, struct io_iter *from, loff_t *pos,
				 struct can_sleep cs)
{
	RETURNS(size_t);
	struct port *p = o->state;
	size_t done = 0;

	while (from->left > 0) {
		struct port_buffer *b = NULL;
		int err = error_of(output_wait(p, o->flags, &b, cs));

		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		attempt(n, fault, io_get(from, b->bytes, min(from->left, PORT_OUT_BYTES), cs));
		if (fault) {
			port_output_unused(p, b);
			return done ? OK(size_t, done) : FAIL(fault);
		}
		port_send(p, b, n);
		done += n;
	}
	return OK(size_t, done);
}

/* For a wait: true when it is over, with a buffer or with an errno that more waiting does not
 * change. */
static bool output_try(struct port *p, struct port_buffer **out, int *error)
{
	attempt(b, err, port_output(p));

	*out = err ? NULL : b;
	*error = err;
	return !err || err == ENODEV;
}

/* Without a host nothing can be sent: that is like a full pipe. */
static result(unit) output_wait(struct port *p, uint32_t flags, struct port_buffer **out,
				struct can_sleep cs)
{
	RETURNS(unit);
	int err;

	if (!output_try(p, out, &err) && err == EAGAIN) {
		TRY(port_make_output(p));
		output_try(p, out, &err);
	}
	if (likely(!err) || err == ENODEV || flags & O_NONBLOCK)
		return unit_result(err == ENOTCONN ? EAGAIN : err);
	TRY(wait_event_interruptible(&p->changes, output_try(p, out, &err), cs));
	return unit_result(err);
}

static unsigned port_poll(struct char_open *o, struct poll_table *t)
{
	struct port *p = o->state;
	unsigned events = 0;

	poll_wait(t, &p->changes);
	struct port_view now = view(p);

	if (now.removed)
		return EPOLLHUP;
	if (port_input(p) || !now.host_open)
		events |= EPOLLIN | EPOLLRDNORM;
	if (!now.host_open)
		return events | EPOLLHUP;
	attempt(b, err, port_output(p));
	if (!err)
		port_output_unused(p, b);
	if (!err || peek(&p->state)->out_made < PORT_OUT_BUFFERS)
		events |= EPOLLOUT;
	return events;
}
