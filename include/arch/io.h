/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contract: device registers. An io_region is a window of ports (where the CPU has such) or of uncached memory; drivers
 * do not care which.
 */
#pragma once
#include <murre/base/types.h>

typedef struct { uintptr_t base; bool is_port; } io_region;

static inline uint8_t io_read8(io_region r, size_t offset);
static inline uint16_t io_read16(io_region r, size_t offset);
static inline uint32_t io_read32(io_region r, size_t offset);
static inline void io_write8(io_region r, size_t offset, uint8_t v);
static inline void io_write16(io_region r, size_t offset, uint16_t v);
static inline void io_write32(io_region r, size_t offset, uint32_t v);
/* Whether this machine has ports at all. */
static inline bool io_has_ports(void);
/* Orders device accesses against memory that a device reads or writes. */
static inline void io_barrier(void);

#include <arch/io_impl.h>
