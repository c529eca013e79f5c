/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding PCI devices through the configuration ports (mechanism 1): bus 0, and what lies behind
 * bridges as firmware has numbered it. Devices are allocated once and stay. The two ports are one
 * resource: `config` guards them. Source: PCI Local Bus Specification 3.0 §3.2.2.3, §6.
 */
#include <murre/irq.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/pci.h>
#include <murre/slab.h>
#include <murre/start.h>

DEFINE_GUARDED_IRQ(pci_config, struct { char unused; }, RANK_DEVICE)
DEFINE_BOX(pci_device, struct pci_device)
DEFINE_BOX_CACHE(pci_device, struct pci_device);

#define PORT_ADDRESS 0
#define PORT_DATA 4
#define ADDRESS_ENABLE 0x80000000u
#define CAPABILITIES_MAX 48		/* that fit a configuration space */
#define BUSES 256
#define PORTS 0x10000

static const io_region ports = { .base = 0xcf8, .is_port = true };
static guarded(pci_config) config;
static struct pci_device *first, **last_link = &first;

static bool ports_answer(void);
static void scan_bus(unsigned bus, uint64_t *seen);
static void scan_function(const struct pci_device *at, uint64_t *seen);
static result(unit) device_add(const struct pci_device *at);
static void bars_read(struct pci_device *d);
static unsigned bar_read(struct pci_device *d, unsigned n);

START_TASK(pci_start, needs(slab_start))
{
	uint64_t seen[BUSES / 64] = {};

	if (io_has_ports() && ports_answer())
		scan_bus(0, seen);
}

struct pci_device *pci_first(void) { return first; }

/* A machine without PCI reads all ones here. */
start_code static bool ports_answer(void)
{
	hold(pci_config, c, &config);

	io_write32(ports, PORT_ADDRESS, ADDRESS_ENABLE);
	return io_read32(ports, PORT_ADDRESS) == ADDRESS_ENABLE;
}

/* Bus numbers come from bridges: each is visited once, whatever they say. */
start_code static void scan_bus(unsigned bus, uint64_t *seen)
{
	if (seen[bus / 64] >> bus % 64 & 1)
		return;
	seen[bus / 64] |= 1ull << bus % 64;
	for (unsigned slot = 0; slot < 32; slot++) {
		struct pci_device at = { .bus = bus, .slot = slot };

		at.vendor = pci_read16(&at, PCI_VENDOR_ID);
		if (at.vendor == 0xffff || at.vendor == 0)
			continue;
		unsigned functions = pci_read8(&at, PCI_HEADER_TYPE) & 0x80 ? 8 : 1;
		for (at.function = 0; at.function < functions; at.function++)
			scan_function(&at, seen);
	}
}

start_code static void scan_function(const struct pci_device *at, uint64_t *seen)
{
	uint16_t vendor = pci_read16(at, PCI_VENDOR_ID);
	uint8_t kind = pci_read8(at, PCI_HEADER_TYPE) & 0x7f;

	if (vendor == 0xffff || vendor == 0)
		return;
	if (kind == PCI_HEADER_TYPE_BRIDGE)
		scan_bus(pci_read8(at, PCI_SECONDARY_BUS), seen);
	else if (kind == PCI_HEADER_TYPE_NORMAL && error_of(device_add(at)))
		log_err("pci: no memory for device %02x:%02x.%x", at->bus, at->slot, at->function);
}

start_code static result(unit) device_add(const struct pci_device *at)
{
	RETURNS(unit);
	own(pci_device_box, box, TRY(pci_device_box_new()));
	struct pci_device *d = unbox(box);
	uint32_t class_code = pci_read32(at, PCI_CLASS_REVISION);

	*d = *at;
	d->vendor = pci_read16(at, PCI_VENDOR_ID);
	d->device = pci_read16(at, PCI_DEVICE_ID);
	d->class_code = class_code >> 8;
	d->subsystem_vendor = pci_read16(at, PCI_SUBSYSTEM_VENDOR_ID);
	d->subsystem = pci_read16(at, PCI_SUBSYSTEM_ID);
	d->isa_irq = pci_read8(at, PCI_INTERRUPT_LINE);
	bars_read(d);
	*last_link = d;
	last_link = &d->next;
	return DONE;
}

/* Sizing writes all ones: the device must not answer at such an address meanwhile. */
start_code static void bars_read(struct pci_device *d)
{
	uint16_t command = pci_read16(d, PCI_COMMAND);

	pci_write16(d, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (unsigned n = 0; n < PCI_BARS; )
		n += bar_read(d, n);
	pci_write16(d, PCI_COMMAND, command);
}

/* Returns how many registers it takes. */
start_code static unsigned bar_read(struct pci_device *d, unsigned n)
{
	unsigned offset = PCI_BASE_ADDRESS_0 + 4 * n;
	uint32_t low = pci_read32(d, offset);
	bool is_port = low & PCI_BASE_ADDRESS_SPACE_IO;
	uint64_t flags = is_port ? 3 : 15;
	uint32_t width = low & PCI_BASE_ADDRESS_MEM_TYPE_MASK;
	bool is_wide = !is_port && width == PCI_BASE_ADDRESS_MEM_TYPE_64 && n + 1 < PCI_BARS;
	uint64_t base = low, sizes;

	pci_write32(d, offset, ~0u);
	sizes = pci_read32(d, offset) | (is_port ? 0xffffffffffff0000 : 0xffffffff00000000);
	pci_write32(d, offset, low);
	if (is_wide) {
		uint32_t high = pci_read32(d, offset + 4);

		base |= (uint64_t)high << 32;
		pci_write32(d, offset + 4, ~0u);
		sizes &= (uint64_t)pci_read32(d, offset + 4) << 32 | 0xffffffff;
		pci_write32(d, offset + 4, high);
	}
	base &= ~flags;
	sizes &= ~flags;
	uint64_t bytes = ~sizes + 1;
	/* A region is a power of two long and lies where that divides; one at 0 was not placed. */
	if (base != 0 && bytes != 0 && !(bytes & (bytes - 1)) && is_aligned(base, bytes) &&
	    (!is_port || base + bytes <= PORTS))
		d->bars[n] = (struct pci_bar){ .base = base, .bytes = bytes, .is_port = is_port };
	return is_wide ? 2 : 1;
}

/* Configuration space. ------------------------------------------------------------------------- */

static uint32_t address_of(const struct pci_device *d, unsigned offset)
{
	return ADDRESS_ENABLE | (uint32_t)d->bus << 16 | (uint32_t)d->slot << 11 |
	       (uint32_t)d->function << 8 | (offset & 0xfc);
}

uint32_t pci_read32(const struct pci_device *d, unsigned offset)
{
	hold(pci_config, c, &config);

	io_write32(ports, PORT_ADDRESS, address_of(d, offset));
	return io_read32(ports, PORT_DATA);
}

uint16_t pci_read16(const struct pci_device *d, unsigned offset)
{
	return pci_read32(d, offset) >> 8 * (offset & 2);
}

uint8_t pci_read8(const struct pci_device *d, unsigned offset)
{
	return pci_read32(d, offset) >> 8 * (offset & 3);
}

void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v)
{
	hold(pci_config, c, &config);

	io_write32(ports, PORT_ADDRESS, address_of(d, offset));
	io_write32(ports, PORT_DATA, v);
}

/* The neighbours in the same word are not written: some clear what is written as 1. */
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
	hold(pci_config, c, &config);

	io_write32(ports, PORT_ADDRESS, address_of(d, offset));
	io_write16(ports, PORT_DATA + (offset & 2), v);
}

unsigned pci_capability(const struct pci_device *d, unsigned id, unsigned after)
{
	unsigned at = pci_read8(d, after ? after + PCI_CAP_LIST_NEXT : PCI_CAPABILITY_LIST);

	if (!(pci_read16(d, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	for (unsigned seen = 0; seen < CAPABILITIES_MAX; seen++) {
		at &= ~3u;
		if (at < PCI_STD_HEADER_SIZEOF)
			return 0;
		if (pci_read8(d, at + PCI_CAP_LIST_ID) == id)
			return at;
		at = pci_read8(d, at + PCI_CAP_LIST_NEXT);
	}
	return 0;
}

void pci_enable(struct pci_device *d)
{
	uint16_t command = pci_read16(d, PCI_COMMAND);

	command |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	pci_write16(d, PCI_COMMAND, command & ~PCI_COMMAND_INTX_DISABLE);
}

result(io_region) pci_map(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t bytes)
{
	RETURNS(io_region);

	if (bar >= PCI_BARS || bytes == 0)
		return FAIL(EINVAL);
	const struct pci_bar *b = &d->bars[bar];
	if (offset > b->bytes || bytes > b->bytes - offset)
		return FAIL(EINVAL);
	if (b->is_port)
		return OK(io_region, { .base = b->base + offset, .is_port = true });
	/* A device that claims to lie over memory would have us write into it. */
	uint64_t last = (b->base + offset + bytes - 1) >> PAGE_SHIFT;
	for (uint64_t frame = (b->base + offset) >> PAGE_SHIFT; frame <= last; frame++)
		if (page_from_pfn((pfn_t){ frame }))
			return FAIL(EINVAL);
	return mmio_map(paddr(b->base + offset), bytes);
}
