/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio devices and drivers brought together, and the steps by which a driver takes a device over.
 * Both lists only grow, while the kernel starts, in one task. Source: Virtio 1.2 §3.1.
 */
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/slab.h>
#include <murre/virtio.h>

static struct virtio_driver *drivers;
static struct virtio_device *devices;

/* Understood by the rings and transports themselves. */
#define CORE_FEATURES (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_EVENT_IDX)
#define CONFIG_TRIES_MAX 100

static void probe(struct virtio_device *d, const struct virtio_driver *drv, struct can_sleep cs);
static result(unit) negotiate(struct virtio_device *d, const struct virtio_driver *drv);

void virtio_driver_register(struct virtio_driver *drv, struct can_sleep cs)
{
	drv->next = drivers;
	drivers = drv;
	for (struct virtio_device *d = devices; d; d = d->next)
		probe(d, drv, cs);
}

void virtio_device_offer(struct virtio_device *d, struct can_sleep cs)
{
	d->index = devices ? devices->index + 1 : 0;
	d->next = devices;
	devices = d;
	for (struct virtio_driver *drv = drivers; drv; drv = drv->next)
		probe(d, drv, cs);
}

void virtio_ready(struct virtio_device *d)
{
	d->ops->set_status(d, d->ops->status(d) | VIRTIO_CONFIG_S_DRIVER_OK);
}

void virtio_config_read(struct virtio_device *d, size_t offset, void *to, size_t n)
{
	uint32_t before;
	unsigned tries = 0;

	do {
		before = d->ops->config_generation(d);
		d->ops->config_read(d, offset, to, n);
	} while (d->ops->config_generation(d) != before && ++tries < CONFIG_TRIES_MAX);
}

void virtio_interrupt(struct virtio_device *d, bool queues, bool config)
{
	if (config && d->driver && d->driver->config_changed)
		d->driver->config_changed(d);
	for (unsigned i = 0; queues && i < d->queue_count; i++) {
		struct virtqueue *q = d->queues[i];

		if (q && q->done && virtqueue_has_news(q))
			q->done(q);
		if (q && unlikely(q->broken && !q->broken_is_told)) {
			q->broken_is_told = true;
			log_err("%s: queue %u: a buffer came back that the device did not have",
				d->name, i);
		}
	}
}

result(unit) virtio_queues_prepare(struct virtio_device *d, unsigned n)
{
	RETURNS(unit);
	own(bytes_box, table, TRY(bytes_box_new(TRY(array_bytes(struct virtqueue *, n)))));

	d->queues = unbox(table);
	d->queue_count = n;
	return DONE;
}

static void probe(struct virtio_device *d, const struct virtio_driver *drv, struct can_sleep cs)
{
	if (d->driver || d->kind != drv->kind)
		return;
	d->ops->set_status(d, 0);
	d->ops->set_status(d, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	d->ops->set_status(d, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	d->driver = drv;
	int err = error_of(negotiate(d, drv));
	if (!err)
		err = error_of(drv->probe(d, cs));
	if (!err)
		return;
	log_err("%s: virtio device of kind %u does not start (%s)", d->name, d->kind,
		error_name(err));
	d->ops->set_status(d, VIRTIO_CONFIG_S_FAILED);
}

static result(unit) negotiate(struct virtio_device *d, const struct virtio_driver *drv)
{
	RETURNS(unit);

	d->features = d->ops->features(d) & (drv->features | CORE_FEATURES);
	if (!d->is_legacy && !virtio_has(d, VIRTIO_F_VERSION_1))
		return FAIL(ENODEV);
	d->ops->set_features(d, d->features);
	if (d->is_legacy)
		return DONE;
	d->ops->set_status(d, d->ops->status(d) | VIRTIO_CONFIG_S_FEATURES_OK);
	return unit_result(d->ops->status(d) & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : ENODEV);
}
