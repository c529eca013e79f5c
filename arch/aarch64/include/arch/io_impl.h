/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64's half of arch/io.h: there are no ports; registers lie in memory of the Device type. The accesses are single
 * instructions without write-back, the only ones whose trap tells a hypervisor all it must know.
 */
#pragma once

#define ARM64_IO_READ(T, insn, r, offset) ({ \
	T io_value_; \
	__asm__ volatile(insn " %w0, [%1]" : "=r"(io_value_) : "r"((r).base + (offset)) : "memory"); \
	io_value_; })
#define ARM64_IO_WRITE(insn, r, offset, v) \
	__asm__ volatile(insn " %w0, [%1]" :: "rZ"(v), "r"((r).base + (offset)) : "memory")

static inline uint8_t io_read8(io_region r, size_t offset) { return ARM64_IO_READ(uint8_t, "ldrb", r, offset); }
static inline uint16_t io_read16(io_region r, size_t offset) { return ARM64_IO_READ(uint16_t, "ldrh", r, offset); }
static inline uint32_t io_read32(io_region r, size_t offset) { return ARM64_IO_READ(uint32_t, "ldr", r, offset); }

static inline void io_write8(io_region r, size_t offset, uint8_t v)
{
	ARM64_IO_WRITE("strb", r, offset, v);
}

static inline void io_write16(io_region r, size_t offset, uint16_t v)
{
	ARM64_IO_WRITE("strh", r, offset, v);
}

static inline void io_write32(io_region r, size_t offset, uint32_t v)
{
	ARM64_IO_WRITE("str", r, offset, v);
}

static inline bool io_has_ports(void) { return false; }

/* Full, and as far as devices see: what was written to memory is there before a register says so, and the reverse. */
static inline void io_barrier(void) { __asm__ volatile("dmb osh" ::: "memory"); }
