/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio console devices: setting up, and the control channel on which host and guest agree about
 * ports. What the host says there is handled by one task per device, since new ports want memory
 * and device nodes; while the kernel starts, the start itself handles what has come already.
 * Source: Virtio 1.2 §5.3.
 */
#include "console.h"
#include <arch/cpu.h>
#include <murre/start.h>
#include <murre/time.h>
#include <murre/string.h>

#define PORTS_MAX 512			/* more than any host offers; the rest is not used */
#define DATA_ENTRIES 16
#define CONTROL_ENTRIES 32
#define MESSAGE_BYTES 128		/* a control message with the longest name that is kept */
#define TELL_TRIES_MAX 1000000
/* A port of this name is a terminal although the host does not call it a console: QEMU throws away
 * what a console says while its reader is slow, and makes writers of other ports wait. */
#define TERMINAL_NAME "murre.terminal"
/* How long the start of the kernel waits for a console that the command line asks for. */
#define CONSOLE_WAIT nsec_from_msec(500)
/* How long the end of the machine waits for a host that does not take its output. */
#define DRAIN_WAIT nsec_from_sec(5)

typedef struct virtio_console_control control;

struct control_state {
	struct virtqueue *in, *out;
	control messages[CONTROL_ENTRIES];	/* to the host */
	bool in_use[CONTROL_ENTRIES];
};
DEFINE_GUARDED_IRQ(control_state, struct control_state, RANK_DEVICE)

struct vconsole {
	struct virtio_device *device;
	unsigned port_count;
	struct port **ports;		/* by id; NULL: not added yet */
	guarded(control_state) control;
	waitq news;			/* the host has said something */
	uint8_t *received;		/* memory of the messages from the host */
	bool has_control;
	struct vconsole *next;
};
DEFINE_BOX(vconsole, struct vconsole)
DEFINE_BOX_CACHE(vconsole, struct vconsole);
typedef struct port *port_ptr;
DEFINE_RESULT_WORD(port_ptr);
DEFINE_BOX(port, struct port)
DEFINE_BOX_CACHE(port, struct port);

static result(unit) probe(struct virtio_device *d, struct can_sleep cs);
static result(unit) queues_make(struct vconsole *c);
static result(unit) control_make(struct vconsole *c);
static result(unit) start_with_ports(struct vconsole *c);
static result(unit) start_with_one(struct vconsole *c);
static void control_task(void *arg);
static bool control_handle(struct vconsole *c);
static void control_came(struct virtqueue *q);
static bool control_has_news(struct vconsole *c);
static void message_handle(struct vconsole *c, const uint8_t *message, size_t bytes);
static void port_message(struct port *p, const control *head, const uint8_t *rest, size_t bytes);
static result(port_ptr) port_add(struct vconsole *c, uint32_t id);
static bool console_is_missing(void);
static void config_changed(struct virtio_device *d);
static void window_size_read(struct vconsole *c);
static void drain_all(struct can_sleep cs);

static struct vconsole *consoles;
static waitq ports_found;		/* control messages were handled */
static struct shutdown_hook drain_hook = { .fn = drain_all };

static struct virtio_driver console_driver = {
	.kind = VIRTIO_ID_CONSOLE,
	.features = 1ull << VIRTIO_CONSOLE_F_SIZE | 1ull << VIRTIO_CONSOLE_F_MULTIPORT,
	.probe = probe,
	.config_changed = config_changed,
};

START_TASK(virtio_console_start, needs(tty_start, slab_start))
{
	struct can_sleep cs = MAY_SLEEP;

	waitq_init(&ports_found);
	virtio_driver_register(&console_driver, cs);
	shutdown_register(&drain_hook);
}

/* A host that runs beside us may not have told yet of the terminal that is to be the console. */
START_TASK(virtio_console_wait, needs(virtio_mmio_start, virtio_pci_start))
{
	struct can_sleep cs = MAY_SLEEP;
	nsec_t end = nsec_add(clock_now(), CONSOLE_WAIT);

	if (consoles && console_is_missing())
		(void)error_of(wait_event_until(&ports_found, !console_is_missing(), end, cs));
}

unsigned vconsole_index(const struct vconsole *c) { return c->device->index; }

static result(unit) probe(struct virtio_device *d, struct can_sleep cs)
{
	RETURNS(unit);
	own(vconsole_box, box, TRY(vconsole_box_new()));
	struct vconsole *c = at(box);
	uint32_t most = 1;

	c->device = d;
	waitq_init(&c->news);
	c->has_control = virtio_has(d, VIRTIO_CONSOLE_F_MULTIPORT);
	if (c->has_control)
		virtio_config_read(d, offsetof(struct virtio_console_config, max_nr_ports), &most,
				   sizeof(most));
	c->port_count = min(max(most, 1u), (uint32_t)PORTS_MAX);
	own(bytes_box, ports, TRY(bytes_box_new(c->port_count * sizeof(struct port *))));
	c->ports = at(ports);
	TRY(queues_make(c));
	d->context = c;
	(void)unbox(ports);
	c->next = consoles;
	consoles = unbox(box);
	virtio_ready(d);
	return c->has_control ? start_with_ports(c) : start_with_one(c);
}

/* Port 0 has queues 0 and 1, the control channel 2 and 3, port n from 1 on 2n + 2 and 2n + 3. */
static unsigned queue_of_port(unsigned id) { return id == 0 ? 0 : 2 * id + 2; }

static result(unit) queues_make(struct vconsole *c)
{
	RETURNS(unit);

	/* With one port the control channel's queues are the last. */
	unsigned queues = max(queue_of_port(c->port_count - 1) + 2, 4u);

	TRY(virtio_queues_prepare(c->device, queues));
	for (unsigned id = 0; id < c->port_count; id++) {
		TRY(virtqueue_make(c->device, queue_of_port(id), DATA_ENTRIES, NULL));
		TRY(virtqueue_make(c->device, queue_of_port(id) + 1, DATA_ENTRIES, NULL));
	}
	return c->has_control ? control_make(c) : DONE;
}

static result(unit) control_make(struct vconsole *c)
{
	RETURNS(unit);
	struct virtqueue *in = TRY(virtqueue_make(c->device, 2, CONTROL_ENTRIES, control_came));
	struct virtqueue *out = TRY(virtqueue_make(c->device, 3, CONTROL_ENTRIES, NULL));
	own(bytes_box, memory, TRY(bytes_box_new(in->size * MESSAGE_BYTES)));

	in->context = c;
	c->received = unbox(memory);
	virtqueue_disarm(out);
	hold(control_state, s, &c->control);
	in(s)->in = in;
	in(s)->out = out;
	for (unsigned i = 0; i < in->size; i++)
		TRY(virtqueue_lend(in, c->received + i * MESSAGE_BYTES, MESSAGE_BYTES, true,
				   c->received + i * MESSAGE_BYTES));
	return DONE;
}

/* What has come already is handled here and now, the rest by the task. */
static result(unit) start_with_ports(struct vconsole *c)
{
	RETURNS(unit);

	{
		hold(control_state, s, &c->control);
		virtqueue_kick(in(s)->in);
	}
	vconsole_tell(c, VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	while (control_handle(c))
		;
	return kernel_task_start("virtio-console", control_task, c);
}

/* Does console= name a terminal of this kind that is not there yet? */
static bool console_is_missing(void)
{
	const char *word;

	for (unsigned n = 0; (word = cmdline_word(n, "console")); n++) {
		struct tty *t = tty_first();

		while (t && strcmp(t->node.name, word) != 0)
			t = rcu_load(t->next);
		if (!t && string_starts(word, "hvc"))
			return true;
	}
	return false;
}

/* A device without control channel is one console. */
static result(unit) start_with_one(struct vconsole *c)
{
	RETURNS(unit);
	struct port *p = TRY(port_add(c, 0));

	TRY(port_terminal_add(p));
	window_size_read(c);
	return DONE;
}

static may_sleep void control_task(void *arg)
{
	struct can_sleep cs = MAY_SLEEP;
	struct vconsole *c = arg;

	for (;;) {
		/* Interruptible, although no signal comes here: an idle task is no load. */
		(void)error_of(wait_event_interruptible(&c->news, control_has_news(c), cs));
		while (control_handle(c))
			;
		wake_up_all(&ports_found, 0);
	}
}

static void control_came(struct virtqueue *q)
{
	struct vconsole *c = q->context;

	wake_up(&c->news, 0);
}

static bool control_has_news(struct vconsole *c)
{
	hold(control_state, s, &c->control);

	return virtqueue_has_news(in(s)->in) || virtqueue_arm(in(s)->in);
}

/* One message: copied, so that its buffer is back with the device before the answer makes the host
 * say more. */
static bool control_handle(struct vconsole *c)
{
	uint8_t copy[MESSAGE_BYTES];
	uint32_t bytes;

	{
		hold(control_state, s, &c->control);
		uint8_t *message = virtqueue_take(in(s)->in, &bytes);
		if (!message)
			return false;
		bytes = min(bytes, (uint32_t)MESSAGE_BYTES);
		memcpy(copy, message, bytes);
		if (!error_of(virtqueue_lend(in(s)->in, message, MESSAGE_BYTES, true, message)))
			virtqueue_kick(in(s)->in);
	}
	if (bytes >= sizeof(control))
		message_handle(c, copy, bytes);
	return true;
}

static void message_handle(struct vconsole *c, const uint8_t *message, size_t bytes)
{
	control head;

	memcpy(&head, message, sizeof(head));
	message += sizeof(head);
	bytes -= sizeof(head);
	if (head.id >= c->port_count)
		return;
	struct port *p = c->ports[head.id];
	if (head.event == VIRTIO_CONSOLE_PORT_ADD) {
		int err = error_of(port_add(c, head.id));
		vconsole_tell(c, head.id, VIRTIO_CONSOLE_PORT_READY, !err);
	} else if (p) {
		port_message(p, &head, message, bytes);
	}
}

static void terminal_make(struct port *p)
{
	if (!p->terminal && error_of(port_terminal_add(p)))
		log_err("virtio console: no memory for the terminal on port %u", p->id);
}

static void port_message(struct port *p, const control *head, const uint8_t *rest, size_t bytes)
{
	uint16_t size[2];

	switch (head->event) {
	case VIRTIO_CONSOLE_PORT_REMOVE:
		port_remove(p);
		if (p->terminal)
			tty_hangup(port_terminal_tty(p));
		break;
	case VIRTIO_CONSOLE_CONSOLE_PORT:
		if (head->value)
			terminal_make(p);
		break;
	case VIRTIO_CONSOLE_PORT_OPEN:
		if (!p->terminal)
			port_set_host_open(p, head->value);
		break;
	case VIRTIO_CONSOLE_PORT_NAME:
		bytes = min(bytes, sizeof(p->name) - 1);
		memcpy(p->name, rest, bytes);
		p->name[bytes] = 0;
		if (strcmp(p->name, TERMINAL_NAME) == 0)
			terminal_make(p);
		break;
	case VIRTIO_CONSOLE_RESIZE:
		if (!p->terminal || bytes < sizeof(size))
			break;
		memcpy(size, rest, sizeof(size));
		port_terminal_resize(p, size[0], size[1]);
		break;
	}
}

/* A port that was removed may come again. */
static result(port_ptr) port_add(struct vconsole *c, uint32_t id)
{
	RETURNS(port_ptr);

	if (c->ports[id]) {
		hold(port_state, s, &c->ports[id]->state);
		in(s)->removed = false;
		return OK(port_ptr, c->ports[id]);
	}
	own(port_box, box, TRY(port_box_new()));
	struct port *p = unbox(box);
	p->device = c;
	p->id = id;
	port_init(p, c->device->queues[queue_of_port(id)],
		  c->device->queues[queue_of_port(id) + 1]);
	c->ports[id] = p;
	port_file_add(p);
	return OK(port_ptr, p);
}

/* A free place for a message, or CONTROL_ENTRIES. */
static unsigned message_place(control_state_locked s)
{
	unsigned i = 0;
	uint32_t bytes;
	bool *back;

	while ((back = virtqueue_take(in(s)->out, &bytes)))
		*back = false;
	while (i < CONTROL_ENTRIES && in(s)->in_use[i])
		i++;
	return i;
}

static bool tell_try(struct vconsole *c, const control *m)
{
	hold(control_state, s, &c->control);
	unsigned i = message_place(s);

	if (i == CONTROL_ENTRIES)
		return false;
	in(s)->messages[i] = *m;
	if (error_of(virtqueue_lend(in(s)->out, &in(s)->messages[i], sizeof(*m), false,
				    &in(s)->in_use[i])))
		return false;
	in(s)->in_use[i] = true;
	virtqueue_kick(in(s)->out);
	return true;
}

void vconsole_tell(struct vconsole *c, uint32_t port, uint16_t event, uint16_t value)
{
	const control m = { .id = port, .event = event, .value = value };

	if (!c->has_control)
		return;
	for (unsigned tries = 0; tries < TELL_TRIES_MAX; tries++) {
		if (tell_try(c, &m))
			return;
		arch_cpu_relax();
	}
	log_err("%s: the console takes no control messages", c->device->name);
}

static void config_changed(struct virtio_device *d)
{
	struct vconsole *c = d->context;

	if (c && !c->has_control)
		window_size_read(c);
}

/* Of the one terminal; with a control channel messages tell it. */
static void window_size_read(struct vconsole *c)
{
	uint16_t size[2];

	if (!virtio_has(c->device, VIRTIO_CONSOLE_F_SIZE) || !c->ports[0] || !c->ports[0]->terminal)
		return;
	virtio_config_read(c->device, 0, size, sizeof(size));
	port_terminal_resize(c->ports[0], size[0], size[1]);
}

/* Before the machine goes off the host takes what programs have written. */
static void drain_all(struct can_sleep cs)
{
	nsec_t end = nsec_add(clock_now(), DRAIN_WAIT);

	for (struct vconsole *c = consoles; c; c = c->next)
		for (unsigned id = 0; id < c->port_count; id++)
			while (c->ports[id] && !port_output_is_idle(c->ports[id]) &&
			       nsec_before(clock_now(), end))
				(void)error_of(sleep_until(nsec_add(clock_now(), nsec_from_msec(1)),
							   cs));
}
