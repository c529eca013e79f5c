/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtio over memory-mapped registers: devices that the command line names
 * (virtio_mmio.device=SIZE@ADDRESS:IRQ, any number of them) or that firmware describes, of version
 * 2 and of version 1, the legacy interface. A device lives for good; its selector registers are
 * used while the kernel starts only, by one task. Source: Virtio 1.2 §4.2.
 */
#include <arch/platform.h>
#include <murre/dma.h>
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/mmio.h>
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/virtio.h>
#include <linux/virtio_mmio.h>
#include "transport.h"

#define MAGIC 0x74726976u		/* "virt" */
#define VERSION_LEGACY 1
#define VERSION_MODERN 2
#define REGISTERS_BYTES 0x100
#define CAUSES (VIRTIO_MMIO_INT_VRING | VIRTIO_MMIO_INT_CONFIG)

struct mmio_device {
	struct virtio_device virtio;
	struct irq_action irq_action;
	io_region io;
	size_t config_bytes;
};
EMBEDDED(mmio_device, virtio_device, virtio)
EMBEDDED(mmio_device, irq_action, irq_action)
DEFINE_BOX(mmio_device, struct mmio_device)
DEFINE_BOX_CACHE(mmio_device, struct mmio_device);

static const struct virtio_transport_ops mmio_ops;

static void platform_add(struct can_sleep cs);
static result(unit) parse_word(const char *word, struct can_sleep cs);
static bool lies_in_memory(paddr_t at, uint64_t bytes);
static bool interrupt(struct irq_action *a);

START_TASK(virtio_mmio_start, needs(irq_start, slab_start, virtio_console_start))
{
	struct can_sleep cs = MAY_SLEEP;
	const char *word;

	for (unsigned n = 0; (word = cmdline_word(n, "virtio_mmio.device")); n++) {
		int err = error_of(parse_word(word, cs));
		if (err)
			log_err("virtio_mmio.device=%s: no such device (%s)", word,
				error_name(err));
	}
	platform_add(cs);
}

static void platform_add(struct can_sleep cs)
{
	struct platform_device at;

	for (unsigned n = 0; arch_platform_device(PLATFORM_VIRTIO_MMIO, n, &at); n++) {
		int err = error_of(virtio_mmio_add(at.base, at.bytes, at.line, cs));
		if (err)
			log_err("virtio-mmio at %lx: not usable (%s)", at.base.raw,
				error_name(err));
	}
}

/* SIZE@ADDRESS:IRQ, and an :ID that does not matter here. */
static result(unit) parse_word(const char *word, struct can_sleep cs)
{
	RETURNS(unit);
	const char *at;
	uint64_t bytes = string_to_size(word, &at);

	if (*at != '@')
		return FAIL(EINVAL);
	uint64_t base = string_to_u64(at + 1, &at, 0);
	if (*at != ':')
		return FAIL(EINVAL);
	uint64_t irq = string_to_u64(at + 1, &at, 0);
	if (*at != 0 && *at != ':')
		return FAIL(EINVAL);
	return virtio_mmio_add(paddr(base), bytes, min(irq, (uint64_t)IRQ_LINES_MAX), cs);
}

result(unit) virtio_mmio_add(paddr_t base, uint64_t bytes, unsigned irq, struct can_sleep cs)
{
	RETURNS(unit);

	if (bytes < REGISTERS_BYTES || bytes > PAGE_SIZE * 16 || lies_in_memory(base, bytes))
		return FAIL(EINVAL);
	io_region io = TRY(mmio_map(base, bytes));
	uint32_t version = io_read32(io, VIRTIO_MMIO_VERSION);
	if (io_read32(io, VIRTIO_MMIO_MAGIC_VALUE) != MAGIC ||
	    (version != VERSION_LEGACY && version != VERSION_MODERN))
		return FAIL(ENODEV);
	/* A place where a device could be. */
	if (io_read32(io, VIRTIO_MMIO_DEVICE_ID) == 0)
		return DONE;

	own(mmio_device_box, box, TRY(mmio_device_box_new()));
	struct mmio_device *m = at(box);
	m->io = io;
	m->config_bytes = bytes - VIRTIO_MMIO_CONFIG;
	m->virtio.ops = &mmio_ops;
	m->virtio.kind = io_read32(io, VIRTIO_MMIO_DEVICE_ID);
	m->virtio.is_legacy = version == VERSION_LEGACY;
	m->virtio.name = "virtio-mmio";
	m->irq_action.handler = interrupt;
	m->irq_action.name = m->virtio.name;
	if (m->virtio.is_legacy)
		io_write32(io, VIRTIO_MMIO_GUEST_PAGE_SIZE, PAGE_SIZE);
	io_write32(io, VIRTIO_MMIO_STATUS, 0);
	TRY(irq_register(irq, &m->irq_action));
	virtio_device_offer(&unbox(box)->virtio, cs);
	return DONE;
}

static bool lies_in_memory(paddr_t at, uint64_t bytes)
{
	uint64_t end;

	if (__builtin_add_overflow(at.raw, bytes, &end))
		return true;
	for (uint64_t frame = at.raw >> PAGE_SHIFT; frame <= (end - 1) >> PAGE_SHIFT; frame++)
		if (page_from_pfn((pfn_t){ frame }))
			return true;
	return false;
}

/* Asked again until nothing is left: on an edge-triggered line what came in between would be lost.
 * */
static bool interrupt(struct irq_action *a)
{
	struct mmio_device *m = mmio_device_of_irq_action(a);
	uint32_t causes;
	unsigned turns = 0;

	while (turns < TURNS_MAX && (causes = io_read32(m->io,
							VIRTIO_MMIO_INTERRUPT_STATUS) & CAUSES)) {
		turns++;
		io_write32(m->io, VIRTIO_MMIO_INTERRUPT_ACK, causes);
		virtio_interrupt(&m->virtio, causes & VIRTIO_MMIO_INT_VRING,
				 causes & VIRTIO_MMIO_INT_CONFIG);
	}
	return turns > 0;
}

static uint64_t features(struct virtio_device *d)
{
	io_region io = mmio_device_of_virtio_device(d)->io;

	io_write32(io, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	uint64_t bits = io_read32(io, VIRTIO_MMIO_DEVICE_FEATURES);
	if (d->is_legacy)
		return bits;
	io_write32(io, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	return bits | (uint64_t)io_read32(io, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

static void set_features(struct virtio_device *d, uint64_t bits)
{
	io_region io = mmio_device_of_virtio_device(d)->io;

	io_write32(io, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	io_write32(io, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)bits);
	if (d->is_legacy)
		return;
	io_write32(io, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	io_write32(io, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(bits >> 32));
}

static uint8_t status(struct virtio_device *d)
{
	return io_read32(mmio_device_of_virtio_device(d)->io, VIRTIO_MMIO_STATUS);
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	io_write32(mmio_device_of_virtio_device(d)->io, VIRTIO_MMIO_STATUS, v);
}

static void config_read(struct virtio_device *d, size_t offset, void *to, size_t n)
{
	struct mmio_device *m = mmio_device_of_virtio_device(d);

	if (offset + n > m->config_bytes)
		memset(to, 0, n);
	else
		virtio_io_read(m->io, VIRTIO_MMIO_CONFIG + offset, to, n);
}

static uint32_t config_generation(struct virtio_device *d)
{
	return d->is_legacy ? 0 : io_read32(mmio_device_of_virtio_device(d)->io,
					    VIRTIO_MMIO_CONFIG_GENERATION);
}

static uint16_t queue_max(struct virtio_device *d, unsigned index)
{
	io_region io = mmio_device_of_virtio_device(d)->io;

	io_write32(io, VIRTIO_MMIO_QUEUE_SEL, index);
	return min(io_read32(io, VIRTIO_MMIO_QUEUE_NUM_MAX), 32768u);
}

static void write_address(io_region io, size_t low, dma_t at)
{
	io_write32(io, low, (uint32_t)at.raw);
	io_write32(io, low + 4, (uint32_t)(at.raw >> 32));
}

static result(unit) queue_enable(struct virtio_device *d, struct virtqueue *q)
{
	RETURNS(unit);
	io_region io = mmio_device_of_virtio_device(d)->io;
	pfn_t legacy = pfn_of_paddr(virt_to_phys(q->descriptors));	/* the one frame number that devices know */

	io_write32(io, VIRTIO_MMIO_QUEUE_SEL, q->index);
	io_write32(io, VIRTIO_MMIO_QUEUE_NUM, q->size);
	if (d->is_legacy) {
		if (legacy.raw > UINT32_MAX)
			return FAIL(EINVAL);
		io_write32(io, VIRTIO_MMIO_QUEUE_ALIGN, PAGE_SIZE);
		io_write32(io, VIRTIO_MMIO_QUEUE_PFN, legacy.raw);
		return DONE;
	}
	write_address(io, VIRTIO_MMIO_QUEUE_DESC_LOW, virt_to_dma(q->descriptors));
	write_address(io, VIRTIO_MMIO_QUEUE_AVAIL_LOW, virt_to_dma(q->available));
	write_address(io, VIRTIO_MMIO_QUEUE_USED_LOW, virt_to_dma(q->used));
	io_write32(io, VIRTIO_MMIO_QUEUE_READY, 1);
	return DONE;
}

static void notify(struct virtio_device *d, struct virtqueue *q)
{
	io_write32(mmio_device_of_virtio_device(d)->io, VIRTIO_MMIO_QUEUE_NOTIFY, q->index);
}

static const struct virtio_transport_ops mmio_ops = {
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
