/* SPDX-License-Identifier: GPL-2.0-only */
/* Windows on device registers (murre/mmio.h), handed out upwards and never taken back. */
#include <murre/lock.h>
#include <murre/mmio.h>
#include "dynamic.h"

struct mmio_range { uintptr_t next; };
DEFINE_GUARDED_MUTEX(mmio, struct mmio_range, RANK_DEVICE)
static guarded(mmio) windows;

result(io_region) mmio_map(paddr_t at, size_t bytes)
{
	RETURNS(io_region);
	struct can_sleep cs = MAY_SLEEP;
	uint64_t first = align_down(at.raw, PAGE_SIZE), end;
	uintptr_t va;

	if (bytes == 0 || __builtin_add_overflow(at.raw, bytes + PAGE_SIZE - 1, &end))
		return FAIL(EINVAL);
	end = align_down(end, PAGE_SIZE);
	hold_mutex(mmio, w, &windows);
	va = in(w)->next ?: MMIO_BASE;
	if (end - first > MMIO_END - va)
		return FAIL(ENOMEM);
	TRY(arch_kernel_map(va, paddr(first), end - first, PTE_READ | PTE_WRITE | PTE_UNCACHED));
	in(w)->next = va + (end - first);
	return OK(io_region, { .base = va + (at.raw - first), .is_port = false });
}
