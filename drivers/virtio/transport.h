/* SPDX-License-Identifier: GPL-2.0-only */
/* What the virtio transports share, and how whoever finds a memory-mapped device adds it. */
#pragma once
#include <murre/lock.h>
#include <murre/mmio.h>

/* Rounds of one interrupt; a device that keeps asking gets its next ones later. */
#define TURNS_MAX 64

/* Registers at base, bytes long, interrupt line irq. EINVAL: cannot be; ENODEV: something else is
 * there; ENOMEM. */
result(unit) virtio_mmio_add(paddr_t base, uint64_t bytes, unsigned irq, struct can_sleep cs);

/* Copies n bytes of device configuration, each field by one access of its size. */
static inline void virtio_io_read(io_region io, size_t offset, void *to, size_t n)
{
	while (n > 0) {
		size_t step = n >= 4 && is_aligned(offset, 4) ? 4 : n >= 2 && is_aligned(offset,
											 2) ? 2 : 1;
		uint32_t v = step == 4 ? io_read32(io, offset) :
			     step == 2 ? io_read16(io, offset) : io_read8(io, offset);

		__builtin_memcpy(to, &v, step);
		to += step;
		offset += step;
		n -= step;
	}
}
