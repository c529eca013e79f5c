/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every change of kind has a name.
 */
#include <murre/dma.h>
#include <murre/page.h>

void *bytes_of(pfn_t frame) { return phys_to_virt(paddr_of_pfn(frame)); }
struct page *page_at(paddr_t at) { return page_from_pfn(pfn_of_paddr(at)); }
void give_back(void *memory, uint64_t bytes) { page_free_range(virt_to_phys(memory), bytes); }
dma_t for_device(const void *buffer) { return virt_to_dma(buffer); }
