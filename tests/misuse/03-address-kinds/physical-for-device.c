/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells a device where a buffer lies by its physical address, which is another one where an IOMMU stands
 * between.
 * expect: gcc: "incompatible type for argument 2 of 'start'"
 * expect: clang: "passing 'paddr_t' to parameter of incompatible type 'dma_t'"
 */
#include <murre/dma.h>
#include <arch/io.h>

struct engine { io_region registers; };

static void start(struct engine *e, dma_t from) { io_write32(e->registers, 0, (uint32_t)from.raw); }

void send(struct engine *e, const void *buffer)
{
	start(e, virt_to_phys(buffer));
}
