/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio devices. A transport (MMIO, PCI) finds a device and offers it; the driver for its kind
 * probes it: features, queues, ready. Both live for good. A queue is a ring of buffers that the
 * driver lends to the device; its functions are called under a lock of the driver's. What the
 * device writes is checked: it may lie. Source: Virtio 1.2.
 */
#pragma once
#include <murre/base/endian.h>
#include <murre/base/result.h>
#include <murre/irq.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

struct virtio_device;
struct virtqueue;

struct virtio_transport_ops {
	uint64_t (*features)(struct virtio_device *d);
	void (*set_features)(struct virtio_device *d, uint64_t features);
	uint8_t (*status)(struct virtio_device *d);
	void (*set_status)(struct virtio_device *d, uint8_t status);
	void (*config_read)(struct virtio_device *d, size_t offset, void *to, size_t n);
	/* A number that changes when the configuration does; constant where there is none. */
	uint32_t (*config_generation)(struct virtio_device *d);
	/* Largest size of the queue, 0: there is no such queue. */
	uint16_t (*queue_max)(struct virtio_device *d, unsigned index);
	/* Tells the device where the queue's rings lie; fills what notify needs. EINVAL: it cannot
	 * be there. */
	result(unit) (*queue_enable)(struct virtio_device *d, struct virtqueue *q);
	void (*notify)(struct virtio_device *d, struct virtqueue *q);
};

struct virtio_device {
	/* The transport's. */
	const struct virtio_transport_ops *ops;
	uint32_t kind;			/* VIRTIO_ID_* */
	bool is_legacy;			/* before Virtio 1.0: rings of the device's own size */
	const char *name;		/* for messages and /proc/interrupts */
	/* The core's. */
	unsigned index;			/* of all devices, in the order they were found */
	uint64_t features;		/* agreed */
	const struct virtio_driver *driver;
	struct virtqueue **queues;
	unsigned queue_count;
	void *context;			/* the driver's */
	struct virtio_device *next;
};

struct virtio_driver {
	uint32_t kind;
	uint64_t features;		/* that the driver knows, without the transport's own */
	/* Takes the device over: queues, then virtio_ready. Its errors are logged. */
	result(unit) (*probe)(struct virtio_device *d, struct can_sleep cs);
	/* In an interrupt. NULL: does not care. */
	void (*config_changed)(struct virtio_device *d);
	struct virtio_driver *next;
};
/* In any order: each driver is offered each device of its kind. Task context. */
void virtio_driver_register(struct virtio_driver *drv, struct can_sleep cs);
void virtio_device_offer(struct virtio_device *d, struct can_sleep cs);
static inline bool virtio_has(const struct virtio_device *d,
			      unsigned feature) { return d->features >> feature & 1; }
/* Driver to device: everything is set up. */
void virtio_ready(struct virtio_device *d);
/* Consistent copy of n bytes of the device's configuration. */
void virtio_config_read(struct virtio_device *d, size_t offset, void *to, size_t n);
/* For transports: their interrupt says that queues have news, that the configuration changed. */
void virtio_interrupt(struct virtio_device *d, bool queues, bool config);

/* A buffer as the device reads of it (§2.7.5). */
struct virtq_descriptor {
	le64_t address;			/* a dma_t */
	le32_t bytes;
	le16_t flags;			/* VRING_DESC_F_* */
	le16_t next;			/* while it is free: the next free one */
} aligned_to(16);
static_assert_size(struct virtq_descriptor, sizeof(vring_desc_t));

struct virtqueue {
	struct virtio_device *device;
	unsigned index;
	uint16_t size;			/* a power of two */
	uint16_t free_count;		/* descriptors */
	uint16_t free_head;
	uint16_t used_seen;		/* how far the used ring was read */
	uint16_t avail_next, avail_kicked;
	bool broken;			/* the device spoke nonsense: nothing more is taken */
	bool broken_is_told;
	struct virtq_descriptor *descriptors;
	vring_avail_t *available;
	vring_used_t *used;
	void **tokens;			/* of the buffer whose first descriptor it is */
	uintptr_t notify_at;		/* the transport's */
	/* Buffers came back; in an interrupt, without a lock. */
	void (*done)(struct virtqueue *q);
	void *context;			/* the driver's */
};
typedef struct virtqueue *virtqueue_ptr;
DEFINE_RESULT_WORD(virtqueue_ptr);

/* Makes room for n queues; then each one, with at most `wanted` entries. ENOENT: the device has
 * none there; ENOMEM; EINVAL. */
result(unit) virtio_queues_prepare(struct virtio_device *d, unsigned n);
result(virtqueue_ptr) virtqueue_make(struct virtio_device *d, unsigned index, uint16_t wanted,
				     void (*done)(struct virtqueue *));

/* One buffer, contiguous in memory: lends it to the device, to read from (or to write to). The
 * token comes back with it. ENOSPC: no free descriptor. */
result(unit) virtqueue_lend(struct virtqueue *q, void *buffer, uint32_t bytes, bool device_writes,
			    void *token);
/* Tells the device of what was lent since the last time, unless it does not want to know. */
void virtqueue_kick(struct virtqueue *q);
/* A buffer that came back: its token, *bytes as many as the device wrote (unchecked against its
 * size); NULL: none. */
void *virtqueue_take(struct virtqueue *q, uint32_t *bytes);
/* Asks for an interrupt when the next buffer comes back; true: one has already. And: none is wanted
 * for now. A new queue is armed. */
bool virtqueue_arm(struct virtqueue *q);
void virtqueue_disarm(struct virtqueue *q);
static inline bool virtqueue_has_news(const struct virtqueue *q)
{
	return q->used_seen != read_once(q->used->idx) && !q->broken;
}
