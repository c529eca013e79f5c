/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio consoles: a device with ports, each a two-way stream of bytes to the host. A port that the
 * host calls a console is a terminal (hvcN), any other a file (vportNpM). Device and ports live for
 * good; a port that the host has removed is marked so. Source: Virtio 1.2 §5.3.
 */
#pragma once
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/tty.h>
#include <murre/virtio.h>
#include <linux/virtio_console.h>

#define PORT_IN_BUFFERS 8u
#define PORT_IN_BYTES PAGE_SIZE
#define PORT_OUT_BUFFERS 8u		/* at most in flight */
#define PORT_OUT_ORDER 2
#define PORT_OUT_BYTES (PAGE_SIZE << PORT_OUT_ORDER)
#define PORT_NAME_BYTES 120

struct port_buffer {
	uint8_t *bytes;
	uint32_t from, count;		/* input: what is left of it */
	struct port_buffer *next;	/* output: free ones */
};
DEFINE_BOX(port_buffer, struct port_buffer)

struct port_state {
	struct virtqueue *in, *out;
	struct port_buffer *current;	/* input that is being read */
	struct port_buffer *free;	/* output buffers that are not lent */
	unsigned out_made, out_free;
	bool in_is_filled;
	bool host_open;			/* someone is connected at the host's end */
	bool removed;
	unsigned opens;
};
/* The kernel log may come here with any other lock held: nothing is locked and nothing logged
 * inside. */
DEFINE_GUARDED_IRQ(port_state, struct port_state, RANK_LOG + 5)
/* Readers copy to their program one after the other; the memory of programs is locked inside. */
DEFINE_GUARDED_MUTEX(port_reader, struct { char unused; }, RANK_INODE + 5)

struct vconsole;
struct port_terminal;
struct port {
	struct vconsole *device;
	uint32_t id;
	guarded(port_state) state;
	guarded(port_reader) reader;
	waitq changes;
	char name[PORT_NAME_BYTES];	/* the host's, for /sys and messages */
	struct port_terminal *terminal;	/* NULL: a file */
	struct char_device node;
	char node_name[24];
};

/* console.c */
/* Tells the host something about a port. Task context. */
void vconsole_tell(struct vconsole *c, uint32_t port, uint16_t event, uint16_t value);
unsigned vconsole_index(const struct vconsole *c);

/* console_port.c: streams. */
void port_init(struct port *p, struct virtqueue *in, struct virtqueue *out);
/* Lends the input buffers to the device, once. ENOMEM. */
result(unit) port_fill_input(struct port *p);
/* The input at hand, NULL: none; then an interrupt comes with the next. Its `from` and `count` are
 * the reader's. */
struct port_buffer *port_input(struct port *p);
/* It has been read: back to the device. */
void port_input_done(struct port *p);
/* A buffer to fill with up to PORT_OUT_BYTES. EAGAIN: all are in flight, and an interrupt comes
 * when one is back; ENOTCONN: nobody is at the host's end; ENODEV: the port is gone. */
typedef struct port_buffer *port_buffer_ptr;
DEFINE_RESULT_WORD(port_buffer_ptr);
result(port_buffer_ptr) port_output(struct port *p);
void port_output_unused(struct port *p, struct port_buffer *b);
void port_send(struct port *p, struct port_buffer *b, size_t count);
/* One more output buffer, up to the most. ENOMEM when there is none at all. Task context. */
result(unit) port_make_output(struct port *p);
bool port_output_is_idle(struct port *p);
/* The host's end was opened or closed; the port is gone. */
void port_set_host_open(struct port *p, bool open);
void port_remove(struct port *p);

/* console_file.c */
void port_file_add(struct port *p);

/* console_tty.c */
result(unit) port_terminal_add(struct port *p);
void port_terminal_resize(struct port *p, unsigned columns, unsigned rows);
struct tty *port_terminal_tty(struct port *p);
void port_terminal_input(struct port *p);
void port_terminal_output(struct port *p);
