/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that a definition block describes and nothing else does: virtio over memory-mapped
 * registers, hardware id LNRO0005 (microvm). The block is not interpreted: the id is found by its
 * bytes, and behind it, before the next one, the resource descriptors (ACPI 6.5, 6.4.3) of one
 * memory range and one interrupt, whose lengths are checked.
 */
#include <arch/platform.h>
#include <murre/string.h>
#include "parse.h"

#define VIRTIO_ID "LNRO0005"
/* A device's names and resources fit into this many bytes. */
#define DEVICE_BYTES 128
#define DEVICES_MAX 64

enum { MEMORY_32_FIXED = 0x86, INTERRUPT_EXTENDED = 0x89 };
struct packed_struct memory_descriptor {
	uint8_t tag;
	uint16_t length;
	uint8_t info;
	uint32_t base, bytes;
};
struct packed_struct interrupt_descriptor {
	uint8_t tag;
	uint16_t length;
	uint8_t flags, count;
	uint32_t line;
};

static struct platform_device devices[DEVICES_MAX];
static unsigned device_count;

/* The descriptor of this tag and length in [at, end), NULL: none. */
start_code static const void *descriptor_find(const uint8_t *at, const uint8_t *end, uint8_t tag,
					      size_t bytes)
{
	for (; (size_t)(end - at) >= bytes; at++)
		if (at[0] == tag && at[1] == bytes - 3 && at[2] == 0)
			return at;
	return NULL;
}

start_code static void device_take(const uint8_t *at, const uint8_t *end)
{
	const struct memory_descriptor *m = descriptor_find(at, end, MEMORY_32_FIXED, sizeof(*m));
	const struct interrupt_descriptor *i = descriptor_find(at, end, INTERRUPT_EXTENDED,
							       sizeof(*i));

	if (!m || !i || i->count != 1 || device_count == DEVICES_MAX)
		return;
	devices[device_count++] = (struct platform_device){
		.base = paddr(m->base), .bytes = m->bytes, .line = i->line,
	};
}

start_code void acpi_platform_search(const struct acpi_table *t)
{
	const uint8_t *at = (const uint8_t *)(t + 1), *end = (const uint8_t *)t + t->length;

	while ((size_t)(end - at) >= sizeof(VIRTIO_ID) &&
	       (at = memchr(at, VIRTIO_ID[0], end - at))) {
		if ((size_t)(end - at) < sizeof(VIRTIO_ID) ||
		    memcmp(at, VIRTIO_ID, sizeof(VIRTIO_ID)) != 0) {
			at++;
			continue;
		}
		at += sizeof(VIRTIO_ID);
		device_take(at, at + min((size_t)(end - at), (size_t)DEVICE_BYTES));
	}
}

bool arch_platform_device(enum platform_kind kind, unsigned n, struct platform_device *out)
{
	if (kind != PLATFORM_VIRTIO_MMIO || n >= device_count)
		return false;
	*out = devices[n];
	return true;
}
