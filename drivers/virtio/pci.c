/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio over PCI, the interface of Virtio 1.0 and later: registers lie where vendor capabilities
 * say, the interrupt is the device's INTx line. A device lives for good; its selector registers are
 * used while the kernel starts only, by one task. Source: Virtio 1.2 §4.1.
 */
#include <murre/dma.h>
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/pci.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/virtio.h>
#include <linux/virtio_pci.h>
#include "transport.h"

#define VENDOR 0x1af4
#define DEVICE_MODERN 0x1040		/* + kind */
#define DEVICE_TRANSITIONAL 0x1000	/* kind in the subsystem id */
#define DEVICE_LAST 0x107f
#define COMMON_BYTES sizeof(struct virtio_pci_common_cfg)
#define CONFIG_BYTES_MAX 4096
#define NOTIFY_BYTES_MAX (16 * PAGE_SIZE)

struct vpci_device {
	struct virtio_device virtio;
	struct irq_action irq_action;
	io_region common, isr, config, notify;
	size_t config_bytes, notify_bytes;
	uint32_t notify_multiplier;
};
EMBEDDED(vpci_device, virtio_device, virtio)
EMBEDDED(vpci_device, irq_action, irq_action)
DEFINE_BOX(vpci_device, struct vpci_device)
DEFINE_BOX_CACHE(vpci_device, struct vpci_device);

static const struct virtio_transport_ops vpci_ops;

static result(unit) device_add(struct pci_device *p, struct can_sleep cs);
static result(unit) regions_map(struct vpci_device *v, struct pci_device *p);
static result(io_region) region_map(struct pci_device *p, unsigned type, size_t least, size_t most,
				    size_t *bytes,
				    unsigned *found_at);
static bool interrupt(struct irq_action *a);

START_TASK(virtio_pci_start, needs(pci_start, irq_start, virtio_console_start))
{
	struct can_sleep cs = MAY_SLEEP;

	for (struct pci_device *p = pci_first(); p; p = p->next) {
		if (p->vendor != VENDOR || p->device < DEVICE_TRANSITIONAL ||
		    p->device > DEVICE_LAST)
			continue;
		int err = error_of(device_add(p, cs));
		if (err)
			log_err("virtio-pci %02x:%02x.%x: not usable (%s)", p->bus, p->slot,
				p->function, error_name(err));
	}
}

static result(unit) device_add(struct pci_device *p, struct can_sleep cs)
{
	RETURNS(unit);
	own(vpci_device_box, box, TRY(vpci_device_box_new()));
	struct vpci_device *v = at(box);

	v->virtio.ops = &vpci_ops;
	v->virtio.kind = p->device >= DEVICE_MODERN ? p->device - DEVICE_MODERN : p->subsystem;
	v->virtio.name = "virtio-pci";
	v->irq_action.handler = interrupt;
	v->irq_action.name = v->virtio.name;
	pci_enable(p);
	TRY(regions_map(v, p));
	if (p->isa_irq == 0 || p->isa_irq == 0xff)
		return FAIL(ENXIO);
	io_write8(v->common, VIRTIO_PCI_COMMON_STATUS, 0);
	TRY(irq_register(arch_irq_from_isa(p->isa_irq), &v->irq_action));
	virtio_device_offer(&unbox(box)->virtio, cs);
	return DONE;
}

static result(unit) regions_map(struct vpci_device *v, struct pci_device *p)
{
	RETURNS(unit);
	size_t bytes;
	unsigned at;

	v->common = TRY(region_map(p, VIRTIO_PCI_CAP_COMMON_CFG, COMMON_BYTES, COMMON_BYTES, &bytes,
				   &at));
	v->isr = TRY(region_map(p, VIRTIO_PCI_CAP_ISR_CFG, 1, 1, &bytes, &at));
	v->notify = TRY(region_map(p, VIRTIO_PCI_CAP_NOTIFY_CFG, 2, NOTIFY_BYTES_MAX,
				   &v->notify_bytes, &at));
	v->notify_multiplier = pci_read32(p, at + VIRTIO_PCI_NOTIFY_CAP_MULT);
	/* A device without configuration need not have the region. */
	attempt(config, err, region_map(p, VIRTIO_PCI_CAP_DEVICE_CFG, 1, CONFIG_BYTES_MAX,
					&v->config_bytes, &at));
	if (err == 0)
		v->config = config;
	else
		v->config_bytes = 0;
	return DONE;
}

/* The first capability of the type that can be used, as the device orders them by preference. */
static result(io_region) region_map(struct pci_device *p, unsigned type, size_t least, size_t most,
				    size_t *bytes,
				    unsigned *found_at)
{
	RETURNS(io_region);
	unsigned at = 0;

	for (unsigned seen = 0; seen < 48 && (at = pci_capability(p, PCI_CAP_ID_VNDR,
								  at)); seen++) {
		uint32_t length = pci_read32(p, at + VIRTIO_PCI_CAP_LENGTH);

		if (pci_read8(p, at + VIRTIO_PCI_CAP_CFG_TYPE) != type || length < least)
			continue;
		*bytes = min((size_t)length, most);
		*found_at = at;
		attempt(io, err, pci_map(p, pci_read8(p, at + VIRTIO_PCI_CAP_BAR),
					 pci_read32(p, at + VIRTIO_PCI_CAP_OFFSET),
					 *bytes));
		if (!err)
			return OK(io_region, io);
	}
	return FAIL(ENODEV);
}

/* Reading the register acknowledges. Asked again until nothing is left: the line may be
 * edge-triggered. */
static bool interrupt(struct irq_action *a)
{
	struct vpci_device *v = vpci_device_of_irq_action(a);
	uint8_t causes;
	unsigned turns = 0;

	while (turns < TURNS_MAX && (causes = io_read8(v->isr, 0) & 3)) {
		turns++;
		virtio_interrupt(&v->virtio, causes & 1, causes & VIRTIO_PCI_ISR_CONFIG);
	}
	return turns > 0;
}

static uint64_t features(struct virtio_device *d)
{
	io_region io = vpci_device_of_virtio_device(d)->common;

	io_write32(io, VIRTIO_PCI_COMMON_DFSELECT, 0);
	uint64_t bits = io_read32(io, VIRTIO_PCI_COMMON_DF);
	io_write32(io, VIRTIO_PCI_COMMON_DFSELECT, 1);
	return bits | (uint64_t)io_read32(io, VIRTIO_PCI_COMMON_DF) << 32;
}

static void set_features(struct virtio_device *d, uint64_t bits)
{
	io_region io = vpci_device_of_virtio_device(d)->common;

	io_write32(io, VIRTIO_PCI_COMMON_GFSELECT, 0);
	io_write32(io, VIRTIO_PCI_COMMON_GF, (uint32_t)bits);
	io_write32(io, VIRTIO_PCI_COMMON_GFSELECT, 1);
	io_write32(io, VIRTIO_PCI_COMMON_GF, (uint32_t)(bits >> 32));
}

static uint8_t status(struct virtio_device *d)
{
	return io_read8(vpci_device_of_virtio_device(d)->common, VIRTIO_PCI_COMMON_STATUS);
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	io_write8(vpci_device_of_virtio_device(d)->common, VIRTIO_PCI_COMMON_STATUS, v);
}

static void config_read(struct virtio_device *d, size_t offset, void *to, size_t n)
{
	struct vpci_device *v = vpci_device_of_virtio_device(d);

	if (offset + n > v->config_bytes)
		memset(to, 0, n);
	else
		virtio_io_read(v->config, offset, to, n);
}

static uint32_t config_generation(struct virtio_device *d)
{
	return io_read8(vpci_device_of_virtio_device(d)->common, VIRTIO_PCI_COMMON_CFGGENERATION);
}

static uint16_t queue_max(struct virtio_device *d, unsigned index)
{
	io_region io = vpci_device_of_virtio_device(d)->common;

	if (index >= io_read16(io, VIRTIO_PCI_COMMON_NUMQ))
		return 0;
	io_write16(io, VIRTIO_PCI_COMMON_Q_SELECT, index);
	return min(io_read16(io, VIRTIO_PCI_COMMON_Q_SIZE), (uint16_t)32768);
}

static void write_address(io_region io, size_t low, dma_t at)
{
	io_write32(io, low, (uint32_t)at.raw);
	io_write32(io, low + 4, (uint32_t)(at.raw >> 32));
}

static result(unit) queue_enable(struct virtio_device *d, struct virtqueue *q)
{
	RETURNS(unit);
	struct vpci_device *v = vpci_device_of_virtio_device(d);
	io_region io = v->common;

	io_write16(io, VIRTIO_PCI_COMMON_Q_SELECT, q->index);
	size_t at = (size_t)io_read16(io, VIRTIO_PCI_COMMON_Q_NOFF) * v->notify_multiplier;
	if (at + sizeof(uint16_t) > v->notify_bytes)
		return FAIL(EINVAL);
	q->notify_at = at;
	io_write16(io, VIRTIO_PCI_COMMON_Q_SIZE, q->size);
	write_address(io, VIRTIO_PCI_COMMON_Q_DESCLO, virt_to_dma(q->descriptors));
	write_address(io, VIRTIO_PCI_COMMON_Q_AVAILLO, virt_to_dma(q->available));
	write_address(io, VIRTIO_PCI_COMMON_Q_USEDLO, virt_to_dma(q->used));
	io_write16(io, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	return DONE;
}

static void notify(struct virtio_device *d, struct virtqueue *q)
{
	io_write16(vpci_device_of_virtio_device(d)->notify, q->notify_at, q->index);
}

static const struct virtio_transport_ops vpci_ops = {
	.features = features,
	.set_features = set_features,
	.status = status,
	.set_status = set_status,
	.config_read = config_read,
	.config_generation = config_generation,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.notify = notify,
};
