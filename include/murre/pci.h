/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI bus: devices found at start, their configuration space and their registers. A struct
 * pci_device lives for good; drivers look through the list. What the device says is checked before
 * it is used: it may lie. Source: PCI Local Bus Specification 3.0.
 */
#pragma once
#include <murre/mmio.h>
#include <linux/pci_regs.h>

#define PCI_BARS 6
/* A region of registers that firmware has placed. bytes 0: none, or nothing that can be used. */
struct pci_bar {
	uint64_t base;			/* physical address or first port */
	uint64_t bytes;
	bool is_port;
};

struct pci_device {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem;
	uint32_t class_code;		/* class << 16 | subclass << 8 | interface */
	uint8_t bus, slot, function;
	uint8_t isa_irq;		/* interrupt line as firmware routed it, 0 or 255: none */
	struct pci_bar bars[PCI_BARS];
	struct pci_device *next;
};

/* The devices in the order they were found; complete once pci_start has run. */
struct pci_device *pci_first(void);

/* Configuration space; offset aligned to the size, below 256. Any context. */
uint8_t pci_read8(const struct pci_device *d, unsigned offset);
uint16_t pci_read16(const struct pci_device *d, unsigned offset);
uint32_t pci_read32(const struct pci_device *d, unsigned offset);
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v);
void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v);

/* Offset of the first capability with this id behind `after` (0: from the start), 0: none. A
 * looping list ends. */
unsigned pci_capability(const struct pci_device *d, unsigned id, unsigned after);
/* Lets the device answer at its regions and read and write memory. */
void pci_enable(struct pci_device *d);
/* A window on part of a region. EINVAL: it does not lie inside; ENOMEM. */
result(io_region) pci_map(const struct pci_device *d, unsigned bar, uint64_t offset,
			  uint64_t bytes);
