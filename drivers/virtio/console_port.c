/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports of virtio consoles as streams: pages lent to the device for input, larger blocks for
 * output, several of them in flight. Buffers are made when first needed and kept. Under the port's
 * state lock; sleepers wait at `changes`.
 */
#include "console.h"
#include <murre/page.h>

DEFINE_BOX_CACHE(port_buffer, struct port_buffer);

static bool claim_filling(struct port *p);
static result(port_buffer_box) buffer_make(unsigned order);
static struct port_buffer *output_free(port_state_locked s);
static void output_put(port_state_locked s, struct port_buffer *b);
static void input_came(struct virtqueue *q);
static void output_came_back(struct virtqueue *q);

void port_init(struct port *p, struct virtqueue *in, struct virtqueue *out)
{
	waitq_init(&p->changes);
	in->context = out->context = p;
	in->done = input_came;
	out->done = output_came_back;
	virtqueue_disarm(out);
	hold(port_state, s, &p->state);
	in(s)->in = in;
	in(s)->out = out;
}

result(unit) port_fill_input(struct port *p)
{
	RETURNS(unit);
	unsigned lent = 0;

	if (!claim_filling(p))
		return DONE;
	for (; lent < PORT_IN_BUFFERS; lent++) {
		attempt_own(port_buffer_box, box, err, buffer_make(0));
		if (err)
			break;
		hold(port_state, s, &p->state);
		struct port_buffer *b = unbox(box);
		if (error_of(virtqueue_lend(in(s)->in, b->bytes, PORT_IN_BYTES, true, b)))
			break;
	}
	hold(port_state, s, &p->state);
	virtqueue_kick(in(s)->in);
	in(s)->in_is_filled = lent > 0;
	return unit_result(lent > 0 ? 0 : ENOMEM);
}

struct port_buffer *port_input(struct port *p)
{
	hold(port_state, s, &p->state);
	struct port_buffer *b = in(s)->current;
	uint32_t bytes = 0;

	while (!b) {
		b = virtqueue_take(in(s)->in, &bytes);
		if (!b && !virtqueue_arm(in(s)->in))
			return NULL;
		if (b) {
			b->from = 0;
			b->count = min(bytes, (uint32_t)PORT_IN_BYTES);
		}
	}
	in(s)->current = b;
	return b;
}

void port_input_done(struct port *p)
{
	hold(port_state, s, &p->state);
	struct port_buffer *b = in(s)->current;

	in(s)->current = NULL;
	/* It came from this queue: there is a place for it, unless the device is broken. */
	if (!error_of(virtqueue_lend(in(s)->in, b->bytes, PORT_IN_BYTES, true, b)))
		virtqueue_kick(in(s)->in);
}

result(port_buffer_ptr) port_output(struct port *p)
{
	RETURNS(port_buffer_ptr);
	hold(port_state, s, &p->state);

	if (unlikely(!in(s)->host_open))
		return FAIL(in(s)->removed ? ENODEV : ENOTCONN);
	struct port_buffer *b = output_free(s);
	if (unlikely(!b && in(s)->out_made > 0)) {
		if (virtqueue_arm(in(s)->out))
			b = output_free(s);
		if (b)
			virtqueue_disarm(in(s)->out);
	}
	return b ? OK(port_buffer_ptr, b) : FAIL(EAGAIN);
}

void port_output_unused(struct port *p, struct port_buffer *b)
{
	hold(port_state, s, &p->state);

	output_put(s, b);
}

void port_send(struct port *p, struct port_buffer *b, size_t count)
{
	hold(port_state, s, &p->state);

	/* Fails only when the device is broken: what goes there is lost either way. */
	if (!error_of(virtqueue_lend(in(s)->out, b->bytes, count, false, b))) {
		virtqueue_kick(in(s)->out);
		return;
	}
	output_put(s, b);
}

result(unit) port_make_output(struct port *p)
{
	RETURNS(unit);
	unsigned made = peek(&p->state)->out_made;

	if (made >= PORT_OUT_BUFFERS)
		return DONE;
	attempt_own(port_buffer_box, box, err, buffer_make(PORT_OUT_ORDER));
	if (err)
		return made > 0 ? DONE : FAIL(err);
	hold(port_state, s, &p->state);
	output_put(s, unbox(box));
	in(s)->out_made++;
	return DONE;
}

bool port_output_is_idle(struct port *p)
{
	hold(port_state, s, &p->state);
	struct port_buffer *b;
	uint32_t bytes;

	while ((b = virtqueue_take(in(s)->out, &bytes)))
		output_put(s, b);
	return in(s)->out_free == in(s)->out_made || !in(s)->host_open || in(s)->out->broken;
}

void port_set_host_open(struct port *p, bool open)
{
	{
		hold(port_state, s, &p->state);
		in(s)->host_open = open;
	}
	wake_up_all(&p->changes, open ? 0 : EPOLLHUP | EPOLLIN);
}

void port_remove(struct port *p)
{
	{
		hold(port_state, s, &p->state);
		in(s)->host_open = false;
		in(s)->removed = true;
	}
	wake_up_all(&p->changes, EPOLLHUP | EPOLLIN);
}

/* True for the one who shall lend the input buffers. */
static bool claim_filling(struct port *p)
{
	hold(port_state, s, &p->state);
	bool ours = !in(s)->in_is_filled;

	in(s)->in_is_filled = true;
	return ours;
}

static result(port_buffer_box) buffer_make(unsigned order)
{
	RETURNS(port_buffer_box);
	own(port_buffer_box, b, TRY(port_buffer_box_new()));
	own(page_ref, memory, TRY(page_alloc(order, PAGE_ANY, PAGE_KERNEL)));

	at(b)->bytes = page_bytes(into_count(give(memory)));
	return OK(port_buffer_box, give(b));
}

/* A free buffer, or one that has come back. */
static struct port_buffer *output_free(port_state_locked s)
{
	struct port_buffer *b = in(s)->free;
	uint32_t bytes;

	if (!b)
		return virtqueue_take(in(s)->out, &bytes);
	in(s)->free = b->next;
	in(s)->out_free--;
	return b;
}

static void output_put(port_state_locked s, struct port_buffer *b)
{
	b->next = in(s)->free;
	in(s)->free = b;
	in(s)->out_free++;
}

static void input_came(struct virtqueue *q)
{
	struct port *p = q->context;

	if (p->terminal)
		port_terminal_input(p);
	else
		wake_up(&p->changes, EPOLLIN | EPOLLRDNORM);
}

static void output_came_back(struct virtqueue *q)
{
	struct port *p = q->context;

	if (p->terminal)
		port_terminal_output(p);
	else
		wake_up(&p->changes, EPOLLOUT);
}
