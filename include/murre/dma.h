/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses as devices see them. There is no IOMMU between a device and memory: they are physical ones, by another name. */
#pragma once
#include <arch/mmu.h>

static inline dma_t virt_to_dma(const void *v) { return (dma_t){ virt_to_phys(v).raw }; }
