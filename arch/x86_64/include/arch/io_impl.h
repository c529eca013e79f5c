/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64's half of arch/io.h: ports through IN and OUT, registers in uncached memory through plain
 * moves.
 */
#pragma once

static inline uint8_t x86_in8(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline uint16_t x86_in16(uint16_t port)
{
	uint16_t v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline uint32_t x86_in32(uint16_t port)
{
	uint32_t v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline void x86_out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(port) : "memory");
}

static inline void x86_out16(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(port) : "memory");
}

static inline void x86_out32(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" :: "a"(v), "Nd"(port) : "memory");
}

#define X86_IO_PORT(r, offset) ((uint16_t)((r).base + (offset)))
#define X86_IO_MEMORY(T, r, offset) (*(volatile T *)((r).base + (offset)))

static inline uint8_t io_read8(io_region r, size_t offset)
{
	return r.is_port ? x86_in8(X86_IO_PORT(r, offset)) : X86_IO_MEMORY(uint8_t, r, offset);
}

static inline uint16_t io_read16(io_region r, size_t offset)
{
	return r.is_port ? x86_in16(X86_IO_PORT(r, offset)) : X86_IO_MEMORY(uint16_t, r, offset);
}

static inline uint32_t io_read32(io_region r, size_t offset)
{
	return r.is_port ? x86_in32(X86_IO_PORT(r, offset)) : X86_IO_MEMORY(uint32_t, r, offset);
}

static inline void io_write8(io_region r, size_t offset, uint8_t v)
{
	if (r.is_port)
		x86_out8(X86_IO_PORT(r, offset), v);
	else
		X86_IO_MEMORY(uint8_t, r, offset) = v;
}

static inline void io_write16(io_region r, size_t offset, uint16_t v)
{
	if (r.is_port)
		x86_out16(X86_IO_PORT(r, offset), v);
	else
		X86_IO_MEMORY(uint16_t, r, offset) = v;
}

static inline void io_write32(io_region r, size_t offset, uint32_t v)
{
	if (r.is_port)
		x86_out32(X86_IO_PORT(r, offset), v);
	else
		X86_IO_MEMORY(uint32_t, r, offset) = v;
}

static inline bool io_has_ports(void) { return true; }

/* A store to ordinary memory and a later load may pass each other; only a full fence holds them. */
static inline void io_barrier(void) { __asm__ volatile("mfence" ::: "memory"); }
